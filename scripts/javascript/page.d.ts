// What the scripts in app/static share: the events by which they call each other, and what they use of the elements that
// selectors find. `scripts/check` holds them to it; it is not served. That a selector finds something is for the browser
// tests: the type checker takes it as found.

/** Events of the document that one script sends (`send` in events.js) and another hears, with what they carry. */
interface Calls {
  /** A key gave the image in the viewer its verdict: on to the next. review.js → dialog.js */
  reviewed: string
  /** A later version of the page: its changing parts take the place of those here. dialog.js, gallery.js → live.js */
  place: Document
  /** Earlier words for a box: into it where nothing of the user's stands, else beside it. gallery.js, drafts.js → prompt.js */
  offer: { words: string, field: Part }
}

/** How far a run is, as the server tells it. */
interface Told {
  runId: string
  stage: string
  index: number
  total: number
}

/** An element as our templates have it. */
interface Part extends HTMLElement {
  action: string
  requestSubmit(): void
  checked: boolean
  content: { firstElementChild: Part }
  dateTime: string
  defaultValue: string
  formAction: string
  href: string
  name: string
  rel: string
  type: string
  value: string
  dataset: { [name: string]: string }
  textContent: string
  parentElement: Part
  firstElementChild: Part | null
  children: HTMLCollectionOf<Part>
  /** When a run that is shown began, by the browser's clock. */
  began: number
  cloneNode(deep?: boolean): Part
}

interface Form extends HTMLFormElement {
  parentElement: Part
  dataset: { [name: string]: string }
  readonly elements: HTMLFormControlsCollection & { prompt: Part }
}

interface Dialog extends HTMLDialogElement {
  /** The page that it shows, and the request for it. */
  address: string
  asking: AbortController
}

interface OnPage {
  change: Event & { target: Part }
  click: MouseEvent & { target: Part }
  error: Event & { target: Part }
  keydown: KeyboardEvent & { target: Part }
  pointerover: PointerEvent & { target: Part }
  submit: SubmitEvent & { target: Form, submitter: Part | null }
}

type Heard = OnPage & { [Name in keyof Calls]: CustomEvent<Calls[Name]> }


interface Document {
  readonly activeElement: Part
  addEventListener<Name extends keyof Heard>(name: Name, listener: (event: Heard[Name]) => unknown, capture?: boolean): void
  adoptNode(node: Part): Part
  getElementById(id: string): Part
}

interface HTMLElement {
  addEventListener<Name extends keyof OnPage>(name: Name, listener: (event: OnPage[Name]) => unknown, capture?: boolean): void
}

interface Element {
  closest(selector: `dialog${string}`): Dialog
  closest(selector: string): Part
}

interface ParentNode {
  querySelector(selector: '[data-prompt-panel]'): Form
  querySelector(selector: string): Part
  querySelectorAll(selector: 'dialog' | 'dialog[open]'): NodeListOf<Dialog>
  querySelectorAll(selector: string): NodeListOf<Part>
}

