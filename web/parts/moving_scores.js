// @ts-check
/** The scores of a battle and the parts of its bar, moved from frame to frame past the views: nothing is drawn anew for it. */
import { atRest, resting, towards, valuesAt } from '../battle/eased.js';
import { shares } from '../battle/standing.js';
import { useLayoutEffect, useRef } from '../html.js';
import { number } from '../i18n.js';

/** @typedef {import('../client/feed/messages.js').Battle} Battle */

const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** @param {HTMLElement} bar @param {readonly number[]} scores */
function show(bar, scores) {
  const parts = shares([...scores]);
  bar.style.setProperty('--share', String(parts[0]));
  bar.querySelectorAll('.score').forEach((score, place) => (score.textContent = number(Math.round(scores[place] ?? 0))));
  /** @type {NodeListOf<HTMLElement>} */ (bar.querySelectorAll('.bar-part')).forEach((part, place) => (part.style.flexGrow = String(parts[place])));
}

/** Whose score has risen is seen at a glance. @param {HTMLElement} bar @param {readonly number[]} before @param {readonly number[]} after */
function celebrate(bar, before, after) {
  const scores = bar.querySelectorAll('.score');
  after.forEach((score, place) => score > before[place] && scores[place]?.animate([{ transform: 'scale(1.45)' }, {}], { duration: 300, easing: 'ease-out' }));
  bar.querySelector('.bar-spark')?.animate([{ transform: 'scale(2.4)', opacity: 1 }, {}], { duration: 600, easing: 'ease-out' });
}

/** To be held by the bar. @param {Battle} battle */
export function useMovingScores({ battle, sides }) {
  const bar = useRef(/** @type {HTMLElement | null} */ (null));
  const scores = sides.map((side) => side.score);
  const motion = useRef(resting(scores));
  const frame = useRef(0);
  useLayoutEffect(() => {
    const element = bar.current;
    if (element === null) return;
    const before = motion.current;
    motion.current = still() ? resting(scores) : towards(before, scores, performance.now());
    if (motion.current !== before && !atRest(motion.current, performance.now())) celebrate(element, before.to, scores);
    const step = () => {
      const now = performance.now();
      show(element, valuesAt(motion.current, now));
      frame.current = atRest(motion.current, now) ? 0 : requestAnimationFrame(step);
    };
    cancelAnimationFrame(frame.current);
    step();
  }, [battle, ...scores]);
  useLayoutEffect(() => () => cancelAnimationFrame(frame.current), []);
  return bar;
}
