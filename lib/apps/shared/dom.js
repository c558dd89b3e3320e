/**
 * Makes an element. Text is put in as text, so that nothing from a server becomes markup.
 *
 * @param {string} name
 * @param {Readonly<Record<string, unknown>>} [attributes] `class` and the like; `onclick` and the like take functions; false leaves out
 * @param {...(Node | string | undefined)} children
 * @returns {HTMLElement}
 */
export function el(name, attributes = {}, ...children) {
  return filled(document.createElement(name), attributes, children);
}

/**
 * Makes an SVG element.
 *
 * @param {string} name
 * @param {Readonly<Record<string, unknown>>} [attributes]
 * @param {...(Node | string | undefined)} children
 * @returns {SVGElement}
 */
export function svg(name, attributes = {}, ...children) {
  return filled(
    /** @type {SVGElement} */ (document.createElementNS('http://www.w3.org/2000/svg', name)),
    attributes,
    children,
  );
}

/**
 * The element of the page with an id.
 *
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no ${id}`);
  return element;
}

/**
 * @template {Element} E
 * @param {E} element
 * @param {Readonly<Record<string, unknown>>} attributes
 * @param {readonly (Node | string | undefined)[]} children
 * @returns {E}
 */
function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value !== undefined && value !== false) element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.filter((child) => child !== undefined));
  return element;
}
