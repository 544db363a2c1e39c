// The grid: what is selected, prompts taken up again, more of it. Each of them is a link or a form without this script.

import { send } from './events.js'

const gallery = document.querySelector('.gallery')
const TOLD_MS = 2000

function count() {
  const told = document.querySelector('[data-chosen]')
  if (told) told.textContent = `${document.querySelectorAll('.pick:checked').length} selected`
}

// A file that does not arrive is told in its frame.
/** @param {Element} picture */
function mark(picture) {
  picture.closest('.frame, .stage')?.classList.add('broken')
}

/** @param {Part} button */
function wordsOf(button) {
  return button.closest('.card, section').querySelector('[data-prompt]').textContent
}

/** @param {Part} button */
async function copy(button) {
  const said = button.dataset.said ??= button.innerHTML
  const done = await navigator.clipboard.writeText(button.dataset.text ?? wordsOf(button)).then(() => 'Copied', () => 'Not allowed')
  button.textContent = done
  setTimeout(() => { button.innerHTML = said }, TOLD_MS)
}

// The words of a picture go into their box where nothing of the user's stands, and else beside it.
/** @param {Event} event @param {Part} link */
function reuse(event, link) {
  const field = document.getElementById(link.dataset.kind === 'scene' ? 'scene-text' : 'prompt')
  if (!field) return // no panel on this page: the link leads to it
  event.preventDefault()
  const words = wordsOf(link)
  link.closest('dialog')?.close('done')
  send('offer', { words, field })
}

/** @param {Part} link */
async function more(link) {
  if (link.getAttribute('aria-busy')) return
  link.setAttribute('aria-busy', 'true')
  const known = new Set([...gallery.querySelectorAll('.card')].map((card) => card.id))
  const answer = await fetch(link.href, { cache: 'no-store', redirect: 'manual' }).catch(() => undefined)
  if (!answer?.ok) {
    location.assign(link.href)
    return
  }
  history.replaceState(null, '', link.href)
  send('place', new DOMParser().parseFromString(await answer.text(), 'text/html'))
  const first = [...gallery.querySelectorAll('.card')].find((card) => !known.has(card.id))
  first?.querySelector('.frame').focus()
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
