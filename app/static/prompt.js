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
/** @type {string[]} */
const before = []
/** @type {string[]} */
const after = []
let ours = sources.dataset.suggested
let touched = 0
let composing = false
let asking = new AbortController()

/** @param {string} name */
function button(name) {
  return panel.querySelector(`[data-do="${name}"]`)
}

function untouched() {
  return !composing && (box.value === ours || !box.value.trim())
}

/** @param {string} words */
function say(words) {
  told.textContent = words
}

/** @param {string} text */
function fill(text) {
  box.value = text
  undo.hidden = !before.length
  redo.hidden = !after.length
}

// Puts a suggestion into the box. What stood there can be had back for as long as the page is open.
/** @param {Part} suggestion */
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
  panel.parentElement.querySelector('.suggestion')?.remove()
}

/** @param {string[]} from @param {string[]} to @param {string} words */
function swap(from, to, words) {
  to.push(box.value)
  fill(from.pop() ?? '')
  say(words)
  box.focus()
}

/** @param {boolean} byModel @param {AbortSignal} signal */
async function ask(byModel, signal) {
  const address = new URL(`${asks.formAction}/suggestion`)
  if (byModel) address.searchParams.set('by_model', 'true')
  const answer = await fetch(address, { cache: 'no-store', redirect: 'manual', signal })
  if (!answer.ok) throw new Error(answer.status === 0 ? 'Sign in again, then ask once more.' : 'Try again in a moment.')
  return new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('.suggestion')
}

// What our own code puts together comes at once; what a model arranges, where there is one, when it comes.
async function suggest() {
  asking.abort() // the later click counts
  const mine = asking = new AbortController()
  const typed = touched
  asks.setAttribute('aria-busy', 'true')
  say('Asking for a suggestion…')
  try {
    for (const byModel of panel.dataset.model === 'yes' ? [false, true] : [false]) {
      place(await ask(byModel, mine.signal), typed)
      if (byModel === false && panel.dataset.model === 'yes') say(`${told.textContent} A model is arranging another…`)
    }
  } catch (error) {
    if (mine === asking) say(`No suggestion came, and your text is as it was. ${error instanceof Error && error.name === 'Error' ? error.message : 'Try again in a moment.'}`)
  } finally {
    if (mine === asking) asks.removeAttribute('aria-busy')
  }
}

// Earlier words, taken up again: as with a suggestion, what somebody wrote does not give way to them.
/** @param {Calls['offer']} detail */
function offer({ words, field }) {
  if (field !== box) offerBeside(words, field)
  else if (box.value === words) say('This prompt is what stands in the box.')
  else if (untouched()) {
    use(earlier(words))
    say('The earlier prompt is in the box.')
  } else {
    dismiss()
    panel.parentElement.append(earlier(words))
    say('Your text is as it was; the earlier prompt is beside it.')
  }
  field.dispatchEvent(new Event('input', { bubbles: true }))
  field.focus()
}

/** @param {string} words */
function earlier(words) {
  const made = document.getElementById('earlier').content.firstElementChild.cloneNode(true)
  made.dataset.prompt = words
  made.querySelector('.prose').textContent = words
  return made
}

// Beside a box without Undo the two texts change places, so that neither is lost.
/** @param {string} words @param {Part} field */
function offerBeside(words, field) {
  const panel = field.closest('.panel')
  panel.querySelector('.suggestion')?.remove()
  if (!field.value.trim()) field.value = words
  if (field.value === words) return
  const beside = earlier(words)
  const prose = beside.querySelector('.prose')
  beside.querySelector('h3').textContent = 'Earlier scene'
  beside.addEventListener('click', ({ target }) => {
    if (target.dataset.do === 'dismiss') beside.remove()
    if (target.dataset.do === 'use') [field.value, prose.textContent] = [prose.textContent, field.value]
    field.dispatchEvent(new Event('input', { bubbles: true }))
    field.focus()
  })
  panel.append(beside)
}

/** @param {Part} suggestion @param {number} typed */
function place(suggestion, typed) {
  if (suggestion.dataset.prompt === box.value) {
    ours = box.value
    dismiss()
    say('The suggestion is unchanged: it is what stands in the box.')
  } else if (touched === typed && untouched()) {
    use(suggestion)
    say('The suggestion is in the box.')
  } else {
    const focus = panel.parentElement.querySelector('.suggestion :focus')?.dataset.do
    dismiss()
    panel.parentElement.append(document.adoptNode(suggestion))
    if (focus) suggestion.querySelector(`[data-do="${focus}"]`).focus()
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
document.addEventListener('offer', ({ detail }) => offer(detail))
// What tells a phrase's field goes with Escape, be it there for the focus or for the pointer.
document.addEventListener('keydown', ({ key }) => {
  if (key !== 'Escape') return
  document.querySelector('.phrase:focus')?.blur()
  document.querySelector('.phrase:hover')?.classList.add('hushed')
})
document.addEventListener('pointerover', ({ target }) => {
  if (!target.closest('.hushed')) document.querySelector('.hushed')?.classList.remove('hushed')
})
