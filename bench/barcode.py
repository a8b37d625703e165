"""Glass to glass without glass: the capture time as a barcode in the host's picture, read from the viewer's picture.

Both pages run on one machine and read one clock, so the difference is the delay of everything in between: capture,
encoder, network, forwarder (and mixer), jitter buffer, decoder, compositor.
"""

# A camera that is a canvas: replaces getUserMedia. Twenty cells of 16x16 pixels hold Date.now() modulo 2^20, most
# significant bit first, and four cells the sum of its five nibbles modulo 16. It stands above the middle,
# where no name, bar or mark of the composite covers it.
CAMERA = """
(() => {
  const WIDTH = 360, HEIGHT = 640, FPS = 15, CELL = 14, LEFT = 12, TOP = 200;
  const draw = (context) => {
    const now = Date.now() & 0xfffff;
    let sum = 0;
    for (let i = 0; i < 5; i++) sum += (now >> (4 * i)) & 15;
    const bits = (now * 16 + (sum & 15)).toString(2).padStart(24, '0');
    context.fillStyle = COLOUR;
    context.fillRect(0, 0, WIDTH, HEIGHT);
    context.fillStyle = '#808080';
    context.fillRect((now >> 3) % WIDTH, 80, 24, 24);
    for (let i = 0; i < 24; i++) {
      context.fillStyle = bits[i] === '1' ? '#fff' : '#000';
      context.fillRect(LEFT + i * CELL, TOP, CELL, 32);
    }
  };
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const canvas = document.createElement('canvas');
    canvas.width = WIDTH; canvas.height = HEIGHT;
    const context = canvas.getContext('2d');
    draw(context);
    setInterval(() => draw(context), 1000 / FPS);
    const tracks = [];
    if (!wanted || wanted.video) tracks.push(...canvas.captureStream(FPS).getVideoTracks());
    if (!wanted || wanted.audio) {
      const audio = new AudioContext();
      const tone = audio.createOscillator();
      const out = audio.createMediaStreamDestination();
      tone.frequency.value = TONE;
      tone.connect(out);
      tone.start();
      tracks.push(...out.stream.getAudioTracks());
    }
    return new MediaStream(tracks);
  };
})();
"""

# Reads the barcode of every frame that the page shows for SECONDS; the tile's left edge is OFFSET of the width.
READ = """async ([seconds, tileWidth]) => {
  const video = document.querySelector('[data-testid="program"]');
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const CELL = 14, LEFT = 12, TOP = 200;
  const delays = [];
  let unreadable = 0;
  const until = performance.now() + seconds * 1000;
  await new Promise(resolve => {
    const look = () => {
      const now = Date.now();
      const scale = (tileWidth || video.videoWidth) / 360;
      canvas.width = 360 * scale; canvas.height = 40 * scale;
      const {width, height} = canvas;
      context.drawImage(video, 0, (TOP - 4) * scale, width, height, 0, 0, width, height);
      const row = context.getImageData(0, Math.round(20 * scale), canvas.width, 1).data;
      let value = 0;
      for (let i = 0; i < 24; i++) {
        const middle = Math.round((LEFT + (i + 0.5) * CELL) * scale);
        value = value * 2 + (row[4 * middle] > 127 ? 1 : 0);
      }
      const time = Math.floor(value / 16);
      let sum = 0;
      for (let i = 0; i < 5; i++) sum += (time >> (4 * i)) & 15;
      const delay = ((now & 0xfffff) - time + 0x100000) & 0xfffff;
      if ((sum & 15) === value % 16 && delay < 10000) delays.push(delay); else unreadable++;
      if (performance.now() < until) video.requestVideoFrameCallback(look); else resolve();
    };
    video.requestVideoFrameCallback(look);
  });
  return {delays, unreadable};
}"""


def camera(colour: str, tone_hz: int) -> str:
    """The init script of a host's page; ``colour`` in CSS."""
    return CAMERA.replace("COLOUR", f"'{colour}'").replace("TONE", str(tone_hz))
