// Reviews: stored where somebody clicks, or by a key, without leaving the page. Each is a form without this script.

import { send } from './events.js'

const OFF = 'keys off'

/** @param {Part} form @param {string} name */
function field(form, name) {
  return form.querySelector(`[name="${name}"]`)
}

// An image can stand on the page twice: as a card, and in a dialog above it.
/** @param {string} image @param {{ verdict?: string, note?: string, at?: string }} review */
function show(image, review) {
  for (const form of document.querySelectorAll(`form.review[data-image="${CSS.escape(image)}"]`)) {
    count(form, review.verdict)
    field(form, 'seen').value = review.at ?? ''
    field(form, 'note').value = field(form, 'note').defaultValue = review.note ?? ''
    for (const verdict of ['pick', 'reject']) form.querySelector(`[value="${verdict}"]`).ariaPressed = String(review.verdict === verdict)
    form.querySelector('[value="clear"]').hidden = !review.verdict
    form.querySelector('[role="alert"]')?.remove()
  }
}

// The numbers beside the filters follow the cards.
/** @param {Part} form @param {string | undefined} verdict */
function count(form, verdict) {
  if (!form.closest('.card')) return
  const names = { pick: 'picked', reject: 'rejected', open: 'open' }
  const before = /** @type {keyof names} */ (form.querySelector('[aria-pressed="true"]')?.value ?? 'open')
  for (const [name, by] of [[names[before], -1], [names[/** @type {keyof names} */ (verdict ?? 'open')], 1]]) {
    const number = document.querySelector(`[data-count="${name}"] .number-of`)
    if (number) number.textContent = (Number(number.textContent.replace(/\D/g, '')) + Number(by)).toLocaleString('en')
  }
}

// One at a time: leaving the note for a button is two changes of one review.
/** @type {Promise<unknown>} */
let last = Promise.resolve()
/** @param {Part} form @param {string} verdict */
function store(form, verdict) {
  const mine = last.then(() => patch(form, verdict))
  last = mine
  return mine
}

/** @param {Part} form @param {string} verdict */
async function patch(form, verdict) {
  const { image } = form.dataset
  const address = form.action.replace('/screenplay/', '/v1/').replace(/review$/, `${encodeURIComponent(image)}/review`)
  const body = {
    note: field(form, 'note').value,
    seenAt: field(form, 'seen').value || null,
    ...verdict !== 'keep' && { verdict: verdict === 'clear' ? null : verdict },
  }
  const answer = await fetch(address, { method: 'PATCH', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }).catch(() => undefined)
  const told = await answer?.json().catch(() => undefined)
  if (answer?.ok) {
    show(image, told.image.metrics.review ?? {})
    return true
  }
  form.querySelector('[role="alert"]')?.remove()
  form.append(Object.assign(document.createElement('p'), {
    role: 'alert', className: 'error', textContent: told?.error ?? 'No answer came; load the page again to see what was stored.',
  }))
  return false
}

document.addEventListener('submit', (event) => {
  const { target: form, submitter } = event
  if (!form.matches('form.review')) return
  event.preventDefault()
  store(/** @type {any} */ (form), submitter?.value ?? 'keep')
}, true)
document.addEventListener('change', ({ target }) => {
  if (target.matches('[data-keys]')) {
    if (target.checked) localStorage.removeItem(OFF)
    else localStorage.setItem(OFF, 'yes')
  } else if (target.matches('.review [name="note"]')) target.closest('form').requestSubmit()
})

// One letter does something only above one image, and only where nobody writes (WCAG 2.1.4: it can be switched off).
document.addEventListener('keydown', ({ key, target, metaKey, ctrlKey, altKey }) => {
  const value = { p: 'pick', x: 'reject', u: 'clear' }[key.toLowerCase()]
  const writes = target.matches('textarea, select, input:not([type="range"], [type="checkbox"])')
  if (!value || metaKey || ctrlKey || altKey || writes || localStorage.getItem(OFF)) return
  const place = [...document.querySelectorAll('dialog[open]')].at(-1) ?? document.querySelector('body:is(.viewer, .sheet-page) main')
  const form = place?.querySelector(':is(.about, [data-review]:not([hidden])) form.review')
  if (!form) return
  store(form, value).then((stored) => { if (stored) send('reviewed', value) })
})

function keys() {
  for (const box of document.querySelectorAll('[data-keys]')) box.checked = !localStorage.getItem(OFF)
}
new MutationObserver(keys).observe(document.body, { childList: true, subtree: true })
keys()
