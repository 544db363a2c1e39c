// A set that is turned by its slider, by dragging the picture, or by the arrow keys. Nothing turns by itself.

/** @param {ParentNode} part */
export function enliven(part) {
  for (const table of part.querySelectorAll('[data-turntable]')) if (!table.dataset.alive) wake(table)
}

/** @param {Part} table */
function wake(table) {
  table.dataset.alive = 'yes'
  const [spin, slider, told] = ['.spin', 'input', 'output'].map((name) => table.querySelector(name))
  const views = [...spin.children]
  /** @type {{ x: number, at: number } | undefined} */
  let from

  function show() {
    const at = Number(slider.value)
    views.forEach((view, place) => { view.inert = place !== at })
    table.querySelectorAll('[data-review]').forEach((review, place) => { review.hidden = place !== at })
    const { angle } = views[at].dataset
    told.textContent = views[at].querySelector('img') ? angle : `${angle}: missing`
    slider.setAttribute('aria-valuetext', told.textContent)
  }

  /** @param {PointerEvent} event */
  function turn(event) {
    if (!from) return
    const steps = Math.round((event.clientX - from.x) / spin.clientWidth * views.length)
    slider.value = String((from.at + steps % views.length + views.length) % views.length)
    show()
  }

  slider.addEventListener('input', show)
  spin.addEventListener('pointerdown', (event) => {
    from = { x: event.clientX, at: Number(slider.value) }
    spin.setPointerCapture(event.pointerId)
  })
  spin.addEventListener('pointermove', turn)
  for (const end of ['pointerup', 'pointercancel']) spin.addEventListener(end, () => { from = undefined })
  show()
}

enliven(document)
