// What is under way: the clock, the phase, and each picture as it lands. Without this script the page looks again by itself.

import { settle } from './drafts.js'
import { localise } from './time.js'

const status = document.getElementById('status')
const title = document.title
const SECOND = 1000
const AGAIN = 5 * SECOND
let stage = ''
let source
let looking = false
let again = false

// The clocks run here, from what the server said last.
function wind() {
  for (const run of document.querySelectorAll('.run')) run.began ??= performance.now() - Number(run.dataset.elapsed)
}

function tick() {
  const first = document.querySelector('.run')
  for (const run of document.querySelectorAll('.run')) {
    const seconds = Math.floor((performance.now() - run.began) / SECOND)
    run.querySelector('.clock').textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }
  document.title = first ? `${first.querySelector('.phase').textContent.trim()} · ${title}` : title
}

// A screen reader hears of a new phase and of the end, not of every second.
function speak() {
  const run = document.querySelector('.run')
  const note = document.querySelector('.live .note p')
  const now = run ? run.dataset.stage : ''
  if (now === stage) return
  status.textContent = run ? run.querySelector('p').textContent.replace(/, [\d:\s]+$/, '').trim() : note?.textContent ?? 'It is over.'
  stage = now
}

// A card as the server wrote it: one that stays as it is stays the same element, with its picture.
function written(card) {
  const copy = card.cloneNode(true)
  for (const time of copy.querySelectorAll('time[title]')) {
    time.textContent = time.title
    time.removeAttribute('title')
  }
  return copy.outerHTML
}

function merge(fresh, gone) {
  const known = new Map([...document.querySelectorAll('#live-grid .card')].map((card) => [card.id, card]))
  const chosen = new Set([...document.querySelectorAll('.pick:checked')].map((pick) => pick.value))
  for (const card of fresh.querySelectorAll('.card')) {
    const same = known.get(card.id)
    if (same && written(same) === card.outerHTML) card.replaceWith(same)
    else card.querySelector('.pick').checked = chosen.has(card.querySelector('.pick').value)
    known.delete(card.id)
  }
  // Pages that were added below stay, without what is gone or has moved up.
  const added = [...document.querySelectorAll('#live-grid > [data-added]')]
  if (!added.length) return
  fresh.querySelector('.pages')?.remove()
  fresh.append(...added)
  for (const card of fresh.querySelectorAll('[data-added] .card')) if (!known.has(card.id) || gone.includes(card.id)) card.remove()
}

// Puts the parts of a page that change into this one. `gone`: cards that were deleted.
function place(page, gone = []) {
  status.toggleAttribute('data-again', page.getElementById('status').hasAttribute('data-again'))
  const chosen = document.querySelector('input[name="reference"]:checked')?.value
  const focus = document.activeElement?.closest('.card')?.id
  const part = focus && [...document.getElementById(focus).querySelectorAll('a, button, input')].indexOf(document.activeElement)
  for (const fresh of page.querySelectorAll('[data-live]')) {
    const old = document.getElementById(fresh.id)
    if (fresh.id === 'live-grid') merge(fresh, gone)
    else if (old.innerHTML === fresh.innerHTML) continue
    old.replaceWith(fresh)
    localise(fresh)
  }
  const kept = [...document.querySelectorAll('input[name="reference"]')].find((one) => one.value === chosen)
  if (kept && !document.activeElement?.closest('.strip')) kept.checked = true
  if (focus) document.getElementById(focus)?.querySelectorAll('a, button, input')[part]?.focus({ preventScroll: true })
  document.querySelector('.gallery').dispatchEvent(new Event('change'))
  settle()
  wind()
  tick()
  speak()
}

// One look at a time; what changed meanwhile is looked at next.
async function look() {
  again = true
  if (looking) return
  looking = true
  try {
    while (again) {
      again = false
      const answer = await fetch(location.href, { cache: 'no-store', redirect: 'manual' }).catch(() => undefined)
      if (answer?.ok) place(new DOMParser().parseFromString(await answer.text(), 'text/html'))
      if (answer?.type === 'opaqueredirect') {
        document.getElementById('signed-out').hidden = false
        source.close()
      }
    }
  } finally {
    looking = false
  }
}

function follow() {
  let known = ''
  source = new EventSource(status.dataset.runs)
  source.addEventListener('stage', ({ data }) => {
    const { runId, stage: name, index, total } = JSON.parse(data)
    const news = [runId, name, index, total].join()
    if (news !== known) look()
    known = news
  })
  for (const end of ['done', 'error']) source.addEventListener(end, () => look().then(rest))
}

// A run that ended while the page was made is on it neither as one nor as what became of it: then it says to look again.
function isUnderWay() {
  return document.querySelector('.run') || status.hasAttribute('data-again')
}

// Where nothing is under way any more there is nothing to follow; a server that went away is asked again.
function rest() {
  if (!isUnderWay()) source.close()
  else if (source.readyState === EventSource.CLOSED && document.getElementById('signed-out').hidden) setTimeout(follow, AGAIN)
}

// One click, one generation: a form that is on its way is not sent again.
document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event
  if (form.method !== 'post' || event.defaultPrevented) return
  if (form.dataset.sent) { event.preventDefault(); return }
  form.dataset.sent = 'yes'
  submitter?.setAttribute('aria-busy', 'true')
})
addEventListener('pageshow', () => {
  for (const form of document.querySelectorAll('form[data-sent]')) {
    delete form.dataset.sent
    form.querySelector('[aria-busy]')?.removeAttribute('aria-busy')
  }
})

document.addEventListener('place', ({ detail }) => place(detail.page, detail.gone))
if (isUnderWay()) {
  wind()
  speak()
  tick()
  follow()
  setInterval(tick, SECOND / 4)
}
