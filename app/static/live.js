// What is under way: the clock, the phase, and each picture as it lands. Without this script the page looks again by itself.

import { settle } from './drafts.js'
import { localise } from './time.js'

const status = document.getElementById('status')
const signedOut = document.getElementById('signed-out')
const title = document.title
const SECOND = 1000
const AGAIN = 5 * SECOND
const PARTS = 'a, button, input, summary'
let spoken = ''
/** @type {EventSource | undefined} */
let source
/** @type {number | undefined} */
let clock
let looking = false
/** @type {Set<string>} */
const wanted = new Set()
let placed = 0

// A browser opens six connections to a host, so its tabs have one stream among them: who has the lock has the stream, and
// the others ask now and then, as do tabs that nobody sees. Tabs of the same character tell each other what is new.
const tabs = new BroadcastChannel(status.dataset.runs)
/** @type {AbortController | undefined} */
let turn
/** @type {number | undefined} */
let asking
let known = ''

// The address names what was asked for last. It has done its work once the page is here: a reload is of the workspace.
function tidy() {
  const address = new URL(location.href)
  address.pathname = status.dataset.home
  for (const name of ['run', 'after', 'deleted', 'left', 'restored', 'reuse']) address.searchParams.delete(name)
  history.replaceState(null, '', address)
}

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

// A screen reader hears of each new phase and of a good end, not of every second; an alert speaks for itself.
function speak() {
  const runs = [...document.querySelectorAll('.run')].map((run) => `${run.dataset.run} ${run.dataset.stage}`).join()
  const good = [...document.querySelectorAll('.note[data-quiet] p')].map((note) => note.textContent).join(' ')
  const now = `${runs} ${good}`
  if (now === spoken) return
  const run = document.querySelector('.run p')
  const words = good || run?.textContent.replace(/, [\d:\s]+$/, '').trim().replace(/\s+/g, ' ')
  if (words) status.textContent = words
  spoken = now
}

// A part as the server wrote it: one that stays as it is stays the same element, with its picture, focus and choice.
/** @param {Part} part */
function written(part) {
  const copy = part.cloneNode(true)
  for (const time of copy.querySelectorAll('time[title]')) {
    time.textContent = time.title
    time.removeAttribute('title')
  }
  return copy.innerHTML
}

/** @param {Part} fresh */
function merge(fresh) {
  const known = new Map([...document.querySelectorAll('#live-grid .card')].map((card) => [card.id, card]))
  const chosen = new Set([...document.querySelectorAll('.pick:checked')].map((pick) => pick.value))
  for (const card of fresh.querySelectorAll('.card')) {
    const same = known.get(card.id)
    if (same && written(same) === written(card)) card.replaceWith(same)
    else card.querySelector('.pick').checked = chosen.has(card.querySelector('.pick').value)
  }
}

// Where the focus is, in words that still hold when the part around it is a new one.
function held() {
  const at = document.activeElement
  const around = at?.closest('.card[id], [data-live][id]')
  return around && { id: around.id, place: [...around.querySelectorAll(PARTS)].indexOf(at) }
}

// A card that somebody looks at, and how far from the top it stands: there it stays, whatever lands above it.
function anchor() {
  const held = document.activeElement?.closest('.card')
  const seen = [held, ...document.querySelectorAll('#live-grid .card')].find((card) => {
    const { top, bottom } = card?.getBoundingClientRect() ?? { top: 0, bottom: 0 }
    return bottom > 0 && top < innerHeight
  })
  return (held || scrollY > 0) && seen && { id: seen.id, top: seen.getBoundingClientRect().top }
}

function underWay() {
  return [...document.querySelectorAll('.run')].map((run) => run.dataset.run)
}

// Puts the parts of a page that change into this one.
/** @param {Document} page */
function place(page) {
  placed += 1
  status.toggleAttribute('data-again', page.getElementById('status').hasAttribute('data-again'))
  const chosen = document.querySelector('input[name="reference"]:checked')?.value
  const [focus, stays] = [held(), anchor()]
  const before = underWay()
  for (const fresh of page.querySelectorAll('[data-live]')) {
    const old = document.getElementById(fresh.id)
    // What became of something stays told until something else is told there.
    if (written(old) === written(fresh) || (old.querySelector('.note') && !fresh.firstElementChild)) continue
    if (fresh.id === 'live-grid') merge(fresh)
    old.replaceWith(fresh)
    localise(fresh)
  }
  const kept = [...document.querySelectorAll('input[name="reference"]')].find((one) => one.value === chosen)
  if (kept) kept.checked = true
  if (focus && document.activeElement === document.body) document.getElementById(focus.id)?.querySelectorAll(PARTS)[focus.place]?.focus({ preventScroll: true })
  const moved = stays && document.getElementById(stays.id)
  if (moved) scrollBy({ top: moved.getBoundingClientRect().top - stays.top, behavior: 'instant' })
  document.querySelector('.gallery').dispatchEvent(new Event('change'))
  settle()
  begin()
  const after = underWay()
  for (const run of before) if (!after.includes(run)) look(run) // it is over: what became of it?
}

// One look at a time; what is wanted meanwhile is looked at next. `run`: one that is over, whose outcome is to be told.
async function look(run = '') {
  wanted.add(run)
  if (looking) return
  looking = true
  try {
    while (wanted.size) {
      const [next] = wanted
      wanted.delete(next)
      await lookAt(next)
    }
  } finally {
    looking = false
  }
}

/** @param {string} run */
async function lookAt(run) {
  const [address, before] = [new URL(location.href), placed]
  if (run) address.searchParams.set('run', run)
  const answer = await fetch(address, { cache: 'no-store', redirect: 'manual' }).catch(() => undefined)
  if (answer?.type === 'opaqueredirect') tellSignedOut()
  if (!answer?.ok) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  if (before === placed) place(page)
  else wanted.add(run) // something newer was shown meanwhile
}

// A run that ended while the page was made is on it neither as one nor as what became of it: then it says to look again.
function isUnderWay() {
  return document.querySelector('.run') || status.hasAttribute('data-again')
}

function tellSignedOut() {
  signedOut.hidden = false
  rest()
}

// Looks at the page where something of what is under way is new.
/** @param {Told[]} runs */
function hear(runs) {
  const now = JSON.stringify(runs.map(({ runId, stage, index, total }) => [runId, stage, index, total]))
  if (now !== known) look().then(rest)
  known = now
}

async function ask() {
  const answer = await fetch(status.dataset.runs, { cache: 'no-store', redirect: 'manual' }).catch(() => undefined)
  if (answer?.status === 401) tellSignedOut()
  if (answer?.ok) hear((await answer.json()).runs)
}

// The stream, until `signal` ends it or the server does.
/** @param {AbortSignal} signal */
function stream(signal) {
  return new Promise((over) => {
    /** @type {Map<string, Told>} */
    const runs = new Map()
    const events = new EventSource(status.dataset.runs)
    const news = () => { hear([...runs.values()]); tabs.postMessage('') }
    source = events
    signal.addEventListener('abort', () => { events.close(); over(undefined) })
    events.addEventListener('open', ask) // what ended before tells nothing
    events.addEventListener('stage', ({ data }) => {
      const run = JSON.parse(data)
      const before = runs.get(run.runId)
      runs.set(run.runId, run)
      if (before?.stage !== run.stage || before?.index !== run.index || before?.total !== run.total) news()
    })
    events.addEventListener('done', ({ data }) => { runs.delete(JSON.parse(data).runId); news() })
    events.addEventListener('unauthenticated', tellSignedOut)
    events.addEventListener('error', () => { if (events.readyState === EventSource.CLOSED) letGo() })
  })
}

async function hold() {
  if (turn || document.hidden || !isUnderWay() || !signedOut.hidden) return
  const { signal } = turn = new AbortController()
  if (navigator.locks) await navigator.locks.request('runs', { signal }, () => stream(signal)).catch(() => undefined)
  else stream(signal) // without TLS
}

function letGo() {
  turn?.abort()
  turn = source = undefined
}

function follow() {
  asking ??= setInterval(() => { if (!source) ask(); hold() }, AGAIN)
  hold()
}

// Where nothing is under way any more there is nothing to follow.
function rest() {
  if (isUnderWay() && signedOut.hidden) return
  letGo()
  clearInterval(asking)
  asking = undefined
}

function begin() {
  wind()
  tick()
  speak()
  if (!isUnderWay()) return
  clock ??= setInterval(tick, SECOND / 4)
  follow()
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
  for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
  for (const button of document.querySelectorAll('button[aria-busy]')) button.removeAttribute('aria-busy')
})

document.addEventListener('visibilitychange', () => {
  if (document.hidden) letGo()
  else if (isUnderWay()) ask().then(hold)
})
tabs.addEventListener('message', () => look().then(rest))

const asked = new URLSearchParams(location.search).get('run')
document.addEventListener('place', ({ detail }) => place(detail))
if (status.hasAttribute('data-again') && asked && !document.querySelector('.run')) look(asked)
tidy()
begin()
