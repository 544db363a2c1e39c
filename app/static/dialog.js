// Pages of the workspace that open above it: an image, a turntable, the question before a delete.
// Without this script each of them is a page of its own.

import { send } from './events.js'
import { localise } from './time.js'
import { enliven } from './turntable.js'

/** @type {Record<string, string>} */
const NAMES = { viewer: 'Image', turntable: 'Turntable', confirm: 'Delete' }

function frames() {
  return [...document.querySelectorAll('.gallery .card .frame')]
}

/** @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {object} properties */
function make(tag, properties) {
  return Object.assign(document.createElement(tag), properties)
}

/** @param {string} words @param {() => void} act @param {Record<string, string>} data */
function button(words, act, data = {}) {
  const made = make('button', { type: 'button', className: 'plain', textContent: words })
  Object.assign(made.dataset, data)
  made.addEventListener('click', act)
  return made
}

/** @param {string} kind @returns {Dialog} */
function build(kind) {
  const dialog = /** @type {Dialog} */ (make('dialog', { className: `dialog dialog-${kind}`, ariaLabel: NAMES[kind] }))
  const bar = make('div', { className: 'dialog-bar' })
  if (kind === 'viewer') {
    bar.append(
      button('Previous', () => step(dialog, -1), { move: '-1' }),
      button('Next', () => step(dialog, 1), { move: '1' }),
      button('Zoom', () => magnify(dialog), { zoom: '' }),
      make('a', { className: 'button plain', textContent: 'Open its page' }),
      make('span', { className: 'unseen', role: 'status' }),
    )
  }
  const close = button('Close', () => dialog.close())
  close.classList.add('end')
  bar.append(close)
  dialog.append(bar, make('div', { className: 'dialog-body' }))
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close() })
  return dialog
}

// Fills a dialog with the page at an address; where that is none, the browser goes there. The latest one counts.
/** @param {Dialog} dialog @param {string} address */
async function fill(dialog, address) {
  dialog.asking?.abort()
  const { signal } = dialog.asking = new AbortController()
  dialog.address = address
  const answer = await fetch(address, { redirect: 'manual', signal }).catch(() => undefined)
  const text = answer?.ok ? await answer.text().catch(() => undefined) : undefined
  if (signal.aborted) return false
  if (text === undefined) {
    location.assign(address)
    return false
  }
  const main = new DOMParser().parseFromString(text, 'text/html').querySelector('main')
  const body = dialog.querySelector('.dialog-body')
  const inside = body.contains(document.activeElement)
  localise(main)
  body.replaceChildren(...main.children)
  enliven(body)
  magnify(dialog, false)
  const head = body.querySelector('h1')
  dialog.ariaLabel = head.textContent.trim()
  const [page, told] = [dialog.querySelector('.dialog-bar a'), dialog.querySelector('.dialog-bar [role="status"]')]
  if (page) page.href = address
  if (told && dialog.open) told.textContent = dialog.ariaLabel
  if (inside) {
    head.tabIndex = -1
    head.focus()
  }
  const at = frames().findIndex((frame) => frame.href === address)
  for (const move of dialog.querySelectorAll('[data-move]')) {
    move.hidden = at < 0
    move.ariaDisabled = String(!frames()[at + Number(move.dataset.move)])
  }
  dialog.scrollTop = 0
  return true
}

/** @param {string} kind @param {string} address @param {Part} opener */
async function open(kind, address, opener) {
  const above = opener.closest('dialog.dialog-viewer')
  if (kind === 'viewer' && above) return fill(above, address)
  if (opener.ariaBusy) return
  const dialog = build(kind)
  opener.ariaBusy = 'true'
  document.body.append(dialog)
  const filled = await fill(dialog, address)
  opener.ariaBusy = null
  if (!filled) return dialog.remove()
  dialog.addEventListener('close', () => {
    dialog.asking.abort()
    dialog.remove()
    if (dialog.returnValue !== 'done') back(dialog, opener).focus()
  })
  dialog.showModal()
}

// Where somebody goes on from: the card of the image that they saw last, or what they pressed, which may be a new element.
/** @param {Dialog} dialog @param {Part} opener */
function back(dialog, opener) {
  const same = `[data-dialog][value="${CSS.escape(opener.value ?? '')}"]`
  return frames().find((frame) => frame.href === dialog.address)
    ?? (opener.isConnected ? opener : document.querySelector(same) ?? document.getElementById('images'))
}

/** @param {Dialog} dialog @param {number} by */
function step(dialog, by) {
  const next = frames()[frames().findIndex((frame) => frame.href === dialog.address) + by]
  if (next) fill(dialog, next.href)
}

/** @param {HTMLElement} dialog */
function magnify(dialog, zoomed = !dialog.classList.contains('zoomed')) {
  dialog.classList.toggle('zoomed', zoomed)
  const zoom = dialog.querySelector('[data-zoom]')
  if (zoom) zoom.ariaPressed = String(zoomed)
}

// Sends the delete, shows what came of it, and goes on to the next card.
/** @param {Form} form @param {Part | null} submitter */
async function remove(form, submitter) {
  if (form.dataset.sent) return
  form.dataset.sent = 'yes'
  if (submitter) submitter.ariaBusy = 'true'
  const sent = new URLSearchParams(/** @type {any} */ (new FormData(form)))
  for (const [name, value] of new URLSearchParams(location.search)) if (['kind', 'status', 'review', 'page'].includes(name)) sent.set(name, value)
  const gone = sent.getAll('image').map((id) => `card-${id}`)
  const cards = [...document.querySelectorAll('.gallery .card')]
  const last = cards.findLastIndex((card) => gone.includes(card.id))
  const next = cards.slice(last + 1).find((card) => !gone.includes(card.id)) ?? cards.findLast((card) => !gone.includes(card.id))
  const answer = await fetch(form.action, { method: 'POST', body: sent }).catch(() => undefined)
  const page = answer && new DOMParser().parseFromString(await answer.text(), 'text/html')
  if (!page?.getElementById('live-grid')) {
    form.after(make('p', { role: 'alert', textContent: 'No answer came, so it is not known what was deleted. Load the page again to see.' }))
    return
  }
  for (const dialog of document.querySelectorAll('dialog')) dialog.close('done')
  send('place', page)
  const focus = (next && document.getElementById(next.id)?.querySelector('.frame')) ?? document.getElementById('images')
  if (focus.id === 'images') focus.tabIndex = -1
  focus.focus()
}

document.addEventListener('click', (event) => {
  if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey) return
  const dialog = event.target.closest('dialog')
  const link = event.target.closest('a[data-dialog]')
  const deed = event.target.closest('[data-do]')?.dataset.do
  if (link) {
    event.preventDefault()
    open(link.dataset.dialog, link.href, link)
  } else if (dialog && deed === 'close') {
    event.preventDefault()
    dialog.close()
  } else if (dialog && deed === 'zoom') {
    event.preventDefault()
    magnify(dialog)
  }
})
document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event
  if (submitter?.dataset.dialog) {
    event.preventDefault()
    open(submitter.dataset.dialog, `${form.action}?${new URLSearchParams(/** @type {any} */ (new FormData(form, submitter)))}`, submitter)
  } else if (document.querySelector('.gallery') && form.matches('dialog [data-deletes]')) {
    event.preventDefault()
    remove(form, submitter)
  }
}, true)
document.addEventListener('reviewed', () => {
  const [dialog, ...others] = document.querySelectorAll('dialog[open]')
  if (dialog?.matches('.dialog-viewer') && !others.length) step(dialog, 1)
})
document.addEventListener('keydown', ({ key, target }) => {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[key]
  const [dialog, ...others] = document.querySelectorAll('dialog[open]')
  if (by && dialog?.matches('.dialog-viewer:not(.zoomed)') && !others.length && !target.matches('input, textarea')) step(dialog, by)
})
