// The grid: what is selected, prompts taken up again, pages that are added below. Each of them is a link or a form without this script.

import { localise } from './time.js'

const gallery = document.querySelector('.gallery')
const TOLD_MS = 2000

function count() {
  const chosen = document.querySelectorAll('.pick:checked').length
  const told = document.querySelector('[data-chosen]')
  if (told) told.textContent = `${chosen} selected`
}

// A file that does not arrive is told in its frame.
function mark(picture) {
  picture.closest('.frame, .stage')?.classList.add('broken')
}

function tell(button, words) {
  const said = button.innerHTML
  button.textContent = words
  setTimeout(() => { button.innerHTML = said }, TOLD_MS)
}

async function copy(button) {
  const text = button.dataset.text ?? button.closest('.card, section').querySelector('[data-prompt]').textContent
  try {
    await navigator.clipboard.writeText(text)
    tell(button, 'Copied')
  } catch {
    tell(button, 'Not allowed')
  }
}

// The words of a picture go into their box where nothing of the user's stands, and else beside it.
function reuse(event, link) {
  const words = link.closest('.card, section').querySelector('[data-prompt]').textContent
  const scene = document.getElementById('scene-text')
  if (link.dataset.kind !== 'scene') {
    // The prompt panel takes it; where there is none on this page, the link leads to it.
    if (document.dispatchEvent(new CustomEvent('offer', { detail: words, cancelable: true }))) return
  } else if (scene && !scene.value.trim()) {
    scene.value = words
    scene.dispatchEvent(new Event('input', { bubbles: true }))
    scene.focus()
  } else return
  event.preventDefault()
  link.closest('dialog')?.close()
}

async function more(link) {
  link.setAttribute('aria-busy', 'true')
  try {
    const answer = await fetch(link.href, { redirect: 'manual' })
    if (!answer.ok) throw new Error()
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('live-grid')
    const known = new Set([...gallery.querySelectorAll('.card')].map((card) => card.id))
    for (const card of page.querySelectorAll('.card')) if (known.has(card.id)) card.remove()
    for (const group of page.querySelectorAll('.set, .grid')) if (!group.querySelector('.card')) group.remove()
    page.querySelector('[rel="prev"]')?.remove()
    localise(page)
    const first = page.querySelector('.card .frame')
    const added = [...page.children]
    for (const group of added) group.dataset.added = ''
    link.closest('.pages').replaceWith(...added)
    first?.focus()
  } catch {
    location.assign(link.href)
  }
}

document.addEventListener('click', (event) => {
  const target = event.target.closest('[data-do], [rel="next"]')
  if (!target || event.metaKey || event.ctrlKey || event.shiftKey) return
  if (target.dataset.do === 'copy') copy(target)
  if (target.dataset.do === 'reuse') reuse(event, target)
  if (target.dataset.do === 'print') print()
  if (target.rel === 'next' && gallery?.contains(target)) {
    event.preventDefault()
    more(target)
  }
})
document.addEventListener('error', ({ target }) => { if (target.tagName === 'IMG') mark(target) }, true)
for (const picture of document.images) if (picture.complete && !picture.naturalWidth && picture.currentSrc) mark(picture)
gallery?.addEventListener('change', count)
gallery?.addEventListener('reset', () => setTimeout(count))
count()
