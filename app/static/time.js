// Moments in the reader's own zone; the server writes them in UTC.

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })

/** @param {ParentNode} part */
export function localise(part) {
  for (const time of part.querySelectorAll('time:not([title])')) {
    time.title = time.textContent
    time.textContent = (time.textContent.includes(':') ? moment : day).format(new Date(time.dateTime))
  }
}

localise(document)
