// Pages of the workspace that open above it: an image, a turntable, the question before a delete.
// Without this script each of them is a page of its own.

import { localise } from './time.js'
import { enliven } from './turntable.js'

const NAMES = { viewer: 'Image', turntable: 'Turntable', confirm: 'Delete' }

function frames() {
  return [...document.querySelectorAll('.gallery .card .frame')]
}

function button(words, act, name) {
  const made = Object.assign(document.createElement('button'), { type: 'button', className: 'plain', textContent: words })
  if (name) made.dataset.move = name
  made.addEventListener('click', act)
  return made
}

function build(kind) {
  const dialog = Object.assign(document.createElement('dialog'), { className: `dialog dialog-${kind}` })
  const bar = Object.assign(document.createElement('div'), { className: 'dialog-bar' })
  const body = Object.assign(document.createElement('div'), { className: 'dialog-body' })
  if (kind === 'viewer') {
    const zoom = button('Zoom', () => magnify(dialog))
    zoom.dataset.zoom = ''
    zoom.setAttribute('aria-pressed', 'false')
    const page = Object.assign(document.createElement('a'), { className: 'button plain', textContent: 'Open its page' })
    bar.append(button('Previous', () => step(dialog, -1), '-1'), button('Next', () => step(dialog, 1), '1'), zoom, page)
  }
  const close = button('Close', () => dialog.close())
  close.classList.add('end')
  bar.append(close)
  dialog.append(bar, body)
  dialog.setAttribute('aria-label', NAMES[kind])
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close() })
  return dialog
}

// Fills a dialog with the page at an address; where that is none, the browser goes there.
async function fill(dialog, address) {
  const answer = await fetch(address, { redirect: 'manual' }).catch(() => undefined)
  if (!answer?.ok) {
    location.assign(address)
    return false
  }
  const main = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main')
  const body = dialog.querySelector('.dialog-body')
  localise(main)
  body.replaceChildren(...main.children)
  enliven(body)
  dialog.classList.remove('zoomed')
  dialog.setAttribute('aria-label', body.querySelector('h1').textContent.trim())
  dialog.address = address
  const page = dialog.querySelector('.dialog-bar a')
  if (page) page.href = address
  const at = frames().findIndex((frame) => frame.href === address)
  for (const move of dialog.querySelectorAll('[data-move]')) {
    move.hidden = at < 0
    move.disabled = !frames()[at + Number(move.dataset.move)]
  }
  dialog.scrollTop = 0
  return true
}

async function open(kind, address, opener) {
  const above = opener.closest('dialog.dialog-viewer')
  if (kind === 'viewer' && above) return fill(above, address)
  const dialog = build(kind)
  opener.setAttribute('aria-busy', 'true')
  document.body.append(dialog)
  const filled = await fill(dialog, address)
  opener.removeAttribute('aria-busy')
  if (!filled) return dialog.remove()
  dialog.addEventListener('close', () => {
    const card = frames().find((frame) => frame.href === dialog.address) ?? opener
    dialog.remove()
    if (dialog.returnValue !== 'done') card.focus()
  })
  dialog.showModal()
}

function step(dialog, by) {
  const at = frames().findIndex((frame) => frame.href === dialog.address)
  const next = frames()[at + by]
  if (at >= 0 && next) fill(dialog, next.href)
}

function magnify(dialog) {
  const zoomed = dialog.classList.toggle('zoomed')
  dialog.querySelector('[data-zoom]').setAttribute('aria-pressed', zoomed)
}

// Sends the delete, shows what came of it, and goes on to the next card.
async function remove(form, submitter) {
  const gone = [...new FormData(form).getAll('image')].map((id) => `card-${id}`)
  const cards = [...document.querySelectorAll('.gallery .card')]
  const last = cards.findLastIndex((card) => gone.includes(card.id))
  const next = cards.slice(last + 1).find((card) => !gone.includes(card.id)) ?? cards.findLast((card) => !gone.includes(card.id))
  submitter?.setAttribute('aria-busy', 'true')
  const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) }).catch(() => undefined)
  const page = answer && new DOMParser().parseFromString(await answer.text(), 'text/html')
  if (!page?.getElementById('live-grid')) {
    location.reload()
    return
  }
  for (const dialog of document.querySelectorAll('dialog')) dialog.close('done')
  document.dispatchEvent(new CustomEvent('place', { detail: { page, gone: answer.redirected ? gone : [] } }))
  const focus = document.querySelector(`#${CSS.escape(next?.id ?? '')} .frame`) ?? document.getElementById('images')
  focus.tabIndex = focus.tabIndex < 0 ? -1 : focus.tabIndex
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
    open(submitter.dataset.dialog, `${form.action}?${new URLSearchParams(new FormData(form, submitter))}`, submitter)
  } else if (document.querySelector('.gallery') && form.matches('dialog [data-deletes]')) {
    event.preventDefault()
    remove(form, submitter)
  }
}, true)
document.addEventListener('keydown', (event) => {
  const dialog = event.target.closest?.('dialog.dialog-viewer')
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
  if (dialog && by && !event.target.matches('input, textarea')) step(dialog, by)
})
