const SVG = 'http://www.w3.org/2000/svg';

/** An element with attributes and children. Texts are texts: nothing from an answer is ever read as HTML. */
export const element = (name, attributes = {}, ...children) =>
  filled(document.createElement(name), attributes, children);

export const drawn = (name, attributes = {}, ...children) =>
  filled(document.createElementNS(SVG, name), attributes, children);

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    // The security policy forbids style attributes; properties set by a script are allowed.
    if (name.startsWith('--')) made.style.setProperty(name, value);
    else if (name.startsWith('on')) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? '' : String(value));
  }
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

/** A table; columns marked `amount` stand on the right. Cells are texts, nodes or prepared <td>. */
export function table(caption, columns, rows, attributes = {}) {
  const kind = (index) => ({ class: columns[index].amount ? 'amount' : undefined });
  const cell = (value, index) =>
    value instanceof HTMLTableCellElement
      ? value
      : element(index === 0 ? 'th' : 'td', { ...kind(index), scope: index === 0 && 'row' }, value);
  return element(
    'div',
    { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
    element(
      'table',
      attributes,
      element('caption', {}, caption),
      element(
        'thead',
        {},
        element(
          'tr',
          {},
          ...columns.map(({ title }, index) => element('th', { scope: 'col', ...kind(index) }, title)),
        ),
      ),
      element('tbody', {}, ...rows.map((cells) => element('tr', {}, ...cells.map(cell)))),
    ),
  );
}

export const empty = (text) => element('p', { class: 'empty' }, text);
