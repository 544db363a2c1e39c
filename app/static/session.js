// Who signs out leaves no draft behind for the next one at this browser.

document.querySelector('.session')?.addEventListener('submit', () => {
  for (const name of Object.keys(localStorage)) if (name.startsWith('draft ')) localStorage.removeItem(name)
})
