// @ts-check
/** One door to the vendored view libraries: `html` templates, hooks and signals. */
import htm from './vendor/htm.js';
import { h } from './vendor/preact.js';

/** @typedef {import('./vendor/preact.js').VNode<any>} View */

/** Text in a template is always text: Preact never reads markup from it. */
export const html = /** @type {(strings: TemplateStringsArray, ...values: any[]) => View} */ (htm.bind(h));

export { Fragment, render } from './vendor/preact.js';
export { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from './vendor/hooks.js';
export { batch, computed, effect, signal, useComputed, useSignal, useSignalEffect } from './vendor/signals.js';
