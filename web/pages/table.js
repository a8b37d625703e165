// @ts-check
/** Every page: the module that draws it, the words it says besides those of the shell, and the sheets it wears. */

/** @typedef {{draw: () => Promise<any>, words: readonly string[], sheets: readonly string[]}} Entry */
/** @typedef {keyof typeof PAGES} PageName */

const STAGE_WORDS = ['room', 'battle', 'gifts'];
const STAGE_SHEETS = ['host', 'room', 'chat', 'gifts', 'patrons', 'giving', 'guests'];
/** Of a battle: a room wears them when it has one. */
const BATTLE_SHEETS = ['battle', 'battle_stage', 'face_off', 'result'];

export const PAGES = {
  lobby: {
    draw: () => import('./lobby.js').then((module) => module.LobbyPage),
    words: ['lobby'],
    sheets: ['lobby'],
  },
  room: {
    draw: () => import('./room.js').then((module) => module.RoomPage),
    words: STAGE_WORDS,
    sheets: [...STAGE_SHEETS, 'landscape'],
  },
  studio: {
    draw: () => import('./studio.js').then((module) => module.StudioPage),
    words: [...STAGE_WORDS, 'studio', 'broadcasts', 'lobby', 'account'],
    sheets: [...STAGE_SHEETS, ...BATTLE_SHEETS, 'tiles', 'studio', 'set_up', 'broadcasts'],
  },
  key: {
    draw: () => import('./key.js').then((module) => module.KeyPage),
    words: ['key', 'account'],
    sheets: ['key'],
  },
  login: {
    draw: () => import('./login.js').then((module) => module.LoginPage),
    words: ['account'],
    sheets: [],
  },
  reset: {
    draw: () => import('./reset.js').then((module) => module.ResetPage),
    words: ['account'],
    sheets: [],
  },
  email: {
    draw: () => import('./email.js').then((module) => module.EmailPage),
    words: ['account'],
    sheets: [],
  },
  me: {
    draw: () => import('./me.js').then((module) => module.MePage),
    words: ['me', 'broadcasts', 'account'],
    sheets: ['me', 'broadcasts'],
  },
  wallet: {
    draw: () => import('./wallet.js').then((module) => module.WalletPage),
    words: ['money', 'account'],
    sheets: ['wallet', 'host'],
  },
  admin: {
    draw: () => import('./admin.js').then((module) => module.AdminPage),
    words: ['admin', 'account'],
    sheets: ['admin'],
  },
};
