// What is under way: the clock, the phase, and each picture as it lands. Without this script the page looks again by itself.

import { settle } from './drafts.js'

const status = document.getElementById('status')
const title = document.title
const SECOND = 1000
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

// The same element where it stays as it is, so that focus, choice and picture stay, too.
function merge(old, fresh) {
  const known = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]))
  fresh.replaceChildren(...[...fresh.children].map((one) => {
    const same = known.get(one.id)
    return same && same.innerHTML === one.innerHTML ? same : one
  }))
}

function place(page) {
  const chosen = document.querySelector('input[name="reference"]:checked')?.value
  for (const fresh of page.querySelectorAll('[data-live]')) {
    const old = document.getElementById(fresh.id)
    const [before, after] = [old.querySelector('.grid'), fresh.querySelector('.grid')]
    if (before && after) merge(before, after)
    old.replaceWith(fresh)
  }
  const kept = [...document.querySelectorAll('input[name="reference"]')].find((one) => one.value === chosen)
  if (kept && !document.activeElement?.closest('.strip')) kept.checked = true
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
      const answer = await fetch(location.href, { cache: 'no-store', redirect: 'manual' })
      if (answer.ok) place(new DOMParser().parseFromString(await answer.text(), 'text/html'))
    }
  } catch {
    // The next event, or the next page, shows it.
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
  source.addEventListener('done', () => look().then(() => { if (!document.querySelector('.run')) source.close() }))
  source.addEventListener('error', () => look().then(() => { if (!document.querySelector('.run')) source.close() }))
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

if (document.querySelector('.run')) {
  wind()
  speak()
  tick()
  follow()
  setInterval(tick, SECOND / 4)
}
