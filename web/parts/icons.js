// @ts-check
/** Line icons, drawn in the colour of the text around them. */
import { html } from '../html.js';

/** @param {string} path */
const icon = (path) => () => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${path} /></svg>`;

export const EyeIcon = icon('M2 12s3.6-7 10-7 10 7 10 7-3.6 7-10 7S2 12 2 12zm10 3a3 3 0 100-6 3 3 0 000 6z');
export const HeartIcon = icon('M12 20.5S3 15 3 8.7C3 5.7 5.3 4 7.6 4 9.5 4 11 5 12 6.6 13 5 14.5 4 16.4 4 18.7 4 21 5.7 21 8.7c0 6.3-9 11.8-9 11.8z');
export const GiftIcon = icon('M4 11h16v9a1 1 0 01-1 1H5a1 1 0 01-1-1zM3 7h18v4H3zM12 7v14M12 7C9 7 6.5 5.8 7 4s4-1.5 5 3c1-4.5 4.5-4.8 5-3s-2 3-5 3z');
export const SendIcon = icon('M4 12l16-8-5 17-3.5-6.5zM11.5 14.5L20 4');
export const CloseIcon = icon('M6 6l12 12M18 6L6 18');
export const SoundIcon = icon('M4 9.5h4L13 5v14l-5-4.5H4zM16.5 9a4 4 0 010 6M19 6.5a8 8 0 010 11');
export const MutedIcon = icon('M4 9.5h4L13 5v14l-5-4.5H4zM17 9.5l5 5M22 9.5l-5 5');
export const SwapIcon = icon('M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4');
export const FlagIcon = icon('M6 21V4M6 4c4-2 8 2 12 0v9c-4 2-8-2-12 0');
export const FistIcon = icon('M7 11V6.5a1.5 1.5 0 013 0V5.5a1.5 1.5 0 013 0V6a1.5 1.5 0 013 0v1a1.5 1.5 0 013 0v6.5a6 6 0 01-6 6h-2a6 6 0 01-5.6-4L4.2 11.6a1.5 1.5 0 012.8-1z');
export const KeyIcon = icon('M14 10a4 4 0 11-1.2-2.8A4 4 0 0114 10zM13.5 12l7 7M17.5 16l-2 2M20.5 19l-1.5 1.5');
export const CopyIcon = icon('M9 9h11v11H9zM15 9V4H4v11h5');
export const CameraIcon = icon('M3 7h12v10H3zM15 11l6-3.5v9L15 13z');
export const MicIcon = icon('M9 6a3 3 0 016 0v5a3 3 0 01-6 0zM5.5 11a6.5 6.5 0 0013 0M12 17.5V21');
export const GlobeIcon = icon('M12 3a9 9 0 100 18 9 9 0 000-18zM3.5 12h17M12 3c-5 5-5 13 0 18M12 3c5 5 5 13 0 18');
export const PlayIcon = icon('M7 4.5v15l12.5-7.5z');
export const StopIcon = icon('M6 6h12v12H6z');
export const FlameIcon = icon('M12 21c-4 0-6.5-2.6-6.5-6.2C5.5 10.5 10 8.5 10.5 3c3.5 2 4.5 5 4 7.5 1-.4 1.5-1.3 1.7-2.3 1.5 1.8 2.3 4 2.3 6.3C18.5 18.4 16 21 12 21z');
export const CheckIcon = icon('M4.5 12.5l5 5 10-11');
export const GearIcon = icon('M12 15.2a3.2 3.2 0 100-6.4 3.2 3.2 0 000 6.4zM12 2.8v3M12 18.2v3M2.8 12h3M18.2 12h3M5.5 5.5l2.1 2.1M16.4 16.4l2.1 2.1M18.5 5.5l-2.1 2.1M7.6 16.4l-2.1 2.1');
export const PlusIcon = icon('M12 5v14M5 12h14');
export const PeopleIcon = icon('M9 11a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM2.5 20c0-4 3-6 6.5-6s6.5 2 6.5 6M16 4.3a3.5 3.5 0 010 6.4M17.5 14.2c2.6.6 4 2.6 4 5.800');
export const SearchIcon = icon('M10.5 17a6.5 6.5 0 100-13 6.5 6.5 0 000 13zM15.5 15.5l5 5');
export const CrownIcon = icon('M3 8l4.5 4L12 5l4.5 7L21 8l-2 11H5z');
export const DotsIcon = icon('M5 12h.01M12 12h.01M19 12h.01');
export const ShareIcon = icon('M12 15V3M7.500 7.500L12 3l4.500 4.500M5 12v8h14v-8');
export const WindowIcon = icon('M3 5h18v14H3zM12 12h7v5h-7z');
export const ExpandIcon = icon('M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5');
export const FlyingIcon = icon('M3 7h11M3 12h7M3 17h14M18 5l3 2-3 2M14 10l3 2-3 2');
export const ReplyIcon = icon('M9 6l-6 6 6 6M3 12h11a7 7 0 017 7');
export const AtIcon = icon('M12 8a4 4 0 100 8 4 4 0 000-8zM16 8v5.500a2.500 2.500 0 005 0V12a9 9 0 10-3.500 7.100');
export const TrashIcon = icon('M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5.500M14 11v5.500');
export const ShieldIcon = icon('M12 3l8 3v5.500c0 5-3.500 8-8 9.500-4.500-1.500-8-4.500-8-9.500V6z');
export const ScreenIcon = icon('M3 5h18v11H3zM9 20h6M12 16v4');
export const BubbleIcon = icon('M4 5h16v11h-9l-4.500 4v-4H4z');
