// Drafts belong to a user: nobody sees what another one typed at this browser, and who signs out leaves none behind.

const session = document.querySelector('.session')

export const MINE = `draft ${encodeURIComponent(session.dataset.user)} `

/** @param {(name: string) => boolean} isKept */
function forget(isKept) {
  for (const name of Object.keys(localStorage)) if (name.startsWith('draft ') && !isKept(name)) localStorage.removeItem(name)
}

forget((name) => name.startsWith(MINE))
session.addEventListener('submit', () => forget(() => false))

// A page that the browser kept is blank when it comes back, and then a new one: who went back may be somebody else.
addEventListener('pagehide', ({ persisted }) => { document.body.hidden = persisted })
addEventListener('pageshow', ({ persisted }) => { if (persisted) location.reload() })
