// @ts-check
/** An example for docs/embed.md: `/static/embed.html#ROOM` shows a room with its chat and the score of its battle. */
import { connect } from './client/index.js';

const room = location.hash.slice(1);
const show = (/** @type {string} */ id, /** @type {string} */ text) => document.getElementById(id)?.replaceChildren(text);

/** @param {import('./client/feed/room_state.js').RoomState} known */
function changed({ room: shown, viewers, battle, lines }) {
  show('title', `${shown?.title ?? ''} (${shown?.host.name ?? ''})`);
  show('viewers', `${viewers} watch`);
  show('score', battle === null ? '' : battle.sides.map((side) => `${side.host.name} ${side.score}`).join(' : '));
  const items = lines.slice(-10).map((line) => {
    const item = document.createElement('li');
    item.textContent = `${line.name}: ${line.kind === 'said' ? line.text : `${line.emoji} ×${line.count}`}`;
    return item;
  });
  document.getElementById('chat')?.replaceChildren(...items);
}

const ringside = await connect();
ringside.feed(room, { onChange: changed });
ringside.watch(room, /** @type {HTMLVideoElement} */ (document.getElementById('picture')), (state) => show('state', state));
