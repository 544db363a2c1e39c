// What was typed and not yet drawn from is in its box again after a reload, a failure, a session that ended.

const fields = [...document.querySelectorAll('.desk textarea, .desk input[type="text"]')]

function place(field) {
  return `draft ${location.pathname} ${field.name}`
}

// What the page itself puts into a box; a draft takes its place, and no other text's.
function offered(field) {
  return field.name === 'prompt' ? document.querySelector('.sources').dataset.suggested : ''
}

// A text that a picture was drawn from is with that picture, and no draft any more.
export function settle() {
  for (const field of fields) if (field.closest('.panel').querySelector('.note-good')) localStorage.removeItem(place(field))
}

settle()
for (const field of fields) {
  const draft = localStorage.getItem(place(field))
  if (draft?.trim() && field.value === offered(field)) field.value = draft
  field.addEventListener('input', () => {
    if (field.value === offered(field)) localStorage.removeItem(place(field))
    else localStorage.setItem(place(field), field.value)
  })
}
document.querySelector('.session')?.addEventListener('submit', () => {
  for (const name of Object.keys(localStorage)) if (name.startsWith('draft ')) localStorage.removeItem(name)
})
