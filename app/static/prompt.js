// The prompt panel. A suggestion never takes the place of what somebody wrote: it waits beside the box instead.
// Without this script the same buttons are plain forms.

const panel = document.querySelector('[data-prompt-panel]')
const box = panel.elements.prompt
const told = panel.querySelector('[data-told]')
const sources = document.querySelector('.sources')
const asks = button('suggest')
const undo = button('undo')
const redo = button('redo')

// The texts that made way for others, so that none is ever lost; and what stood in the box when we last filled it.
const before = []
const after = []
let ours = sources.dataset.suggested
let touched = 0
let composing = false
let asking = new AbortController()

function button(name) {
  return panel.querySelector(`[data-do="${name}"]`)
}

function untouched() {
  return !composing && (box.value === ours || !box.value.trim())
}

function say(words) {
  told.textContent = words
}

function fill(text) {
  box.value = text
  undo.hidden = !before.length
  redo.hidden = !after.length
}

// Puts a suggestion into the box. What stood there can be had back for as long as the page is open.
function use(suggestion) {
  if (box.value !== suggestion.dataset.prompt) before.push(...after.splice(0), box.value)
  fill(suggestion.dataset.prompt)
  dismiss()
  sources.hidden = !suggestion.querySelector('.source')
  if (sources.hidden) return
  ours = suggestion.dataset.prompt
  for (const part of ['.prose', '.source']) sources.querySelector(part).replaceWith(suggestion.querySelector(part))
  // Another one may stand beside these phrases later: their ids must differ.
  sources.querySelectorAll('.origin').forEach((origin, place) => {
    origin.id = `in-place-${place}`
    origin.parentElement.setAttribute('aria-describedby', origin.id)
  })
}

function dismiss() {
  document.querySelector('.suggestion')?.remove()
}

function swap(from, to, words) {
  to.push(box.value)
  fill(from.pop())
  say(words)
  box.focus()
}

async function ask(byModel, signal) {
  const address = new URL(`${asks.formAction}/suggestion`)
  if (byModel) address.searchParams.set('by_model', 'true')
  const answer = await fetch(address, { cache: 'no-store', redirect: 'manual', signal })
  if (!answer.ok) throw new Error(answer.status === 0 ? 'Sign in again, then ask once more.' : 'Try again in a moment.')
  return new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('.suggestion')
}

// What our own code puts together comes at once; what a model words, where there is one, when it comes.
async function suggest() {
  asking.abort() // the later click counts
  const mine = asking = new AbortController()
  const typed = touched
  asks.setAttribute('aria-busy', 'true')
  say('Asking for a suggestion…')
  try {
    for (const byModel of panel.dataset.model === 'yes' ? [false, true] : [false]) {
      place(await ask(byModel, mine.signal), typed)
      if (byModel === false && panel.dataset.model === 'yes') say(`${told.textContent} A model is wording another…`)
    }
  } catch (error) {
    if (mine === asking) say(`No suggestion came, and your text is as it was. ${error.name === 'Error' ? error.message : 'Try again in a moment.'}`)
  } finally {
    if (mine === asking) asks.removeAttribute('aria-busy')
  }
}

// An earlier prompt, taken up again: as with a suggestion, what somebody wrote does not give way to it.
function offer(words) {
  const earlier = document.getElementById('earlier').content.firstElementChild.cloneNode(true)
  earlier.dataset.prompt = words
  earlier.querySelector('.prose').textContent = words
  if (box.value === words) {
    say('This prompt is what stands in the box.')
  } else if (untouched()) {
    use(earlier)
    say('The earlier prompt is in the box.')
  } else {
    dismiss()
    panel.parentElement.append(earlier)
    say('Your text is as it was; the earlier prompt is beside it.')
  }
  box.focus()
}

function place(suggestion, typed) {
  if (suggestion.dataset.prompt === box.value) {
    ours = box.value
    dismiss()
    say('The suggestion is unchanged: it is what stands in the box.')
  } else if (touched === typed && untouched()) {
    use(suggestion)
    say('The suggestion is in the box.')
  } else {
    dismiss()
    panel.parentElement.append(document.adoptNode(suggestion))
    say('Your text is as it was; a suggestion is beside it.')
  }
}

for (const kind of ['beforeinput', 'input', 'paste', 'drop', 'compositionstart']) box.addEventListener(kind, () => { touched += 1 })
box.addEventListener('compositionstart', () => { composing = true })
box.addEventListener('compositionend', () => { composing = false })
asks.addEventListener('click', (event) => { event.preventDefault(); suggest() })
undo.addEventListener('click', () => swap(before, after, 'Your text is back.'))
redo.addEventListener('click', () => swap(after, before, 'The later text is back.'))
document.querySelector('.panel-reference').addEventListener('click', (event) => {
  const { do: deed } = event.target.dataset
  if (deed !== 'use' && deed !== 'dismiss') return
  event.preventDefault()
  const suggestion = event.target.closest('.suggestion')
  if (deed === 'use') use(suggestion)
  else suggestion.remove()
  say(deed === 'use' ? 'The suggestion is in the box.' : 'The suggestion is gone; your text is as it was.')
  box.focus()
})
document.addEventListener('offer', (event) => {
  event.preventDefault()
  offer(event.detail)
})
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape' && document.activeElement?.matches('.phrase')) document.activeElement.blur()
})
