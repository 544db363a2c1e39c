// The events by which the scripts of a page call each other; scripts/javascript/page.d.ts tells of each.

/** @template {keyof Calls} Name @param {Name} name @param {Calls[Name]} detail */
export function send(name, detail) {
  document.dispatchEvent(new CustomEvent(name, { detail }))
}
