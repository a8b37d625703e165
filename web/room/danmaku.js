// @ts-check
/** What is said flies over the picture: a handful of elements that are used again and again, moved by the compositor. */
import { html, useLayoutEffect, useRef } from '../html.js';
import { danmakuOn } from './danmaku_switch.js';
import { FLIGHT_MS, lanesOf, placed, stood } from './danmaku_lanes.js';

const LANES = 6;
const MOST = 24;
const LINE_PX = 34;
const STILL = '(prefers-reduced-motion: reduce)';

/** The pool of one picture. */
class Flight {
  /** @param {HTMLElement} place */
  constructor(place) {
    this.place = place;
    this.lanes = lanesOf(LANES);
    /** @type {HTMLElement[]} */
    this.idle = [];
    /** @type {Map<HTMLElement, {id: string, user: string, flight: Animation | null}>} */
    this.flying = new Map();
  }

  /** @param {{id: string, user: string, text: string}} said */
  fly({ id, user, text }) {
    if (document.hidden || this.flying.size >= MOST) return;
    const element = this.idle.pop() ?? this.made();
    element.textContent = text;
    this.flying.set(element, { id, user, flight: null });
    const across = this.place.clientWidth;
    const still = matchMedia(STILL).matches;
    const found = still ? stood(this.lanes, performance.now()) : placed(this.lanes, element.offsetWidth, across, performance.now());
    if (found === null) {
      this.land(element);
      return;
    }
    this.lanes = found.lanes;
    element.style.top = `${found.lane * LINE_PX}px`;
    const [from, to] = still ? [(across - element.offsetWidth) / 2, (across - element.offsetWidth) / 2] : [across, -element.offsetWidth];
    const flight = element.animate([{ transform: `translateX(${from}px)` }, { transform: `translateX(${to}px)` }], { duration: FLIGHT_MS, delay: found.waitMs, fill: 'both' });
    flight.onfinish = () => this.land(element);
    this.flying.set(element, { id, user, flight });
  }

  made() {
    const element = document.createElement('span');
    element.className = 'danmaku-line';
    element.dataset.testid = 'danmaku-line';
    this.place.append(element);
    return element;
  }

  /** @param {HTMLElement} element */
  land(element) {
    this.flying.get(element)?.flight?.cancel();
    this.flying.delete(element);
    element.textContent = '';
    this.idle.push(element);
  }

  /** Lines that nobody may see any more. @param {(line: {id: string, user: string}) => boolean} which */
  remove(which) {
    for (const [element, line] of this.flying) if (which(line)) this.land(element);
  }
}

/** @param {{session: import('../room_session.js').RoomSession}} properties */
export function Danmaku({ session }) {
  const place = useRef(/** @type {HTMLDivElement | null} */ (null));
  const on = danmakuOn.value;
  useLayoutEffect(() => {
    if (!on) return undefined;
    const flight = new Flight(/** @type {HTMLElement} */ (place.current));
    const stop = session.listen(({ t, d }) => {
      if (t === 'chat.said') flight.fly(d);
      else if (t === 'chat.deleted') flight.remove((line) => d.ids.includes(line.id));
      else if (t === 'chat.muted') flight.remove((line) => line.user === d.user);
    });
    return () => {
      stop();
      place.current?.replaceChildren();
    };
  }, [session, on]);
  return on && html`<div ref=${place} class="danmaku" data-testid="danmaku" aria-hidden="true"></div>`;
}
