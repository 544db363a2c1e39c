// What was typed and not yet drawn from is in its box again after a reload, a failure, a session that ended.

import { send } from './events.js'
import { MINE } from './session.js'

const { home } = document.getElementById('status').dataset
const fields = [...document.querySelectorAll('.desk textarea, .desk input[type="text"]')]

/** @param {Part} field */
function place(field) {
  return `${MINE}${home} ${field.name}`
}

// What the page itself puts into a box; a draft takes its place, and no other text's.
/** @param {Part} field */
function offered(field) {
  return field.name === 'prompt' ? document.querySelector('.sources').dataset.suggested : ''
}

/** @param {Part} field */
function remember(field) {
  if (field.value === offered(field)) localStorage.removeItem(place(field))
  else localStorage.setItem(place(field), field.value)
}

// A text that a picture was drawn from is with that picture, and no draft any more; one that was typed since is.
export function settle() {
  for (const field of fields) {
    const wasDrawn = field.closest('.panel').querySelector('.note-good') && localStorage.getItem(place(field)) === field.defaultValue
    if (wasDrawn) localStorage.removeItem(place(field))
  }
}

// A text that an address brings, such as an earlier prompt, does not take the place of a draft: it waits beside it.
/** @param {Part} field */
function restore(field) {
  const [draft, given] = [localStorage.getItem(place(field)), field.defaultValue]
  const brought = given.trim() && given !== offered(field)
  if (draft?.trim() && draft !== given) {
    field.value = draft
    if (brought && !new URLSearchParams(location.search).has('run')) {
      document.addEventListener('DOMContentLoaded', () => send('offer', { words: given, field }))
    }
  } else if (brought && !field.closest('.panel').querySelector('.note-good')) remember(field)
}

settle()
for (const field of fields) {
  restore(field)
  field.addEventListener('input', () => remember(field))
}
