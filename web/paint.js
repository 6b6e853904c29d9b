// Paints a list of drawing commands on a canvas: one call a picture, numbers in one typed array, strings by number.
//
// The other half of web/src/painter.rs, which writes the commands. It knows nothing of what the picture shows.
// Inlined into index.html, so that it costs no request of its own.
(function () {
  "use strict";
  const OPAQUE = { alpha: false };
  const NONE = [];
  const ALIGN = ["left", "center", "right"];
  const FULL = 2 * Math.PI;

  // Filling and stroking a circle costs some four times as much as copying it. Small discs that are filled and outlined, as
  // messages are, are drawn once and then copied, to a quarter of a pixel where they belong.
  const REACH_MAX = 20;
  const PHASES = 4;
  // Copying a faded one takes longer again: fading is drawn into the copy, in so many steps.
  const FADES = 20;
  const STAMPS_MAX = 512;
  // A painter keeps its table of colours as long as the theme stands; with the table its stamps go.
  const stampsOf = new WeakMap();

  // The disc as pixels, with its centre at (x, y). Lengths are in device pixels.
  function stamp(side, x, y, r, width, fill, stroke, opacity) {
    const canvas = new OffscreenCanvas(side, side);
    const context = canvas.getContext("2d");
    context.fillStyle = fill;
    context.strokeStyle = stroke;
    context.lineWidth = width;
    context.globalAlpha = opacity;
    context.beginPath();
    context.arc(x, y, r, 0, FULL);
    context.fill();
    context.stroke();
    return canvas.transferToImageBitmap();
  }

  // Copies a disc, or says that it is too large for that.
  function copyDisc(context, stamps, colours, ratio, x, y, r, width, fill, stroke, opacity) {
    // To an eighth of a pixel, so that what grows slowly shares its stamps.
    const r8 = Math.round(8 * r * ratio);
    const w8 = Math.round(8 * width * ratio);
    const reach = Math.ceil((r8 + w8 / 2) / 8) + 1;
    if (reach > REACH_MAX) return false;
    const qx = Math.round(x * ratio * PHASES);
    const qy = Math.round(y * ratio * PHASES);
    const left = Math.floor(qx / PHASES);
    const top = Math.floor(qy / PHASES);
    const px = qx - left * PHASES;
    const py = qy - top * PHASES;
    const fade = Math.round(opacity * FADES);
    const key = (((((r8 * 256 + w8) * 32 + fill) * 32 + stroke) * (FADES + 1) + fade) * PHASES + px) * PHASES + py;
    const side = 2 * reach + 1;
    let found = stamps.get(key);
    if (!found) {
      if (stamps.size === STAMPS_MAX) stamps.clear();
      const [cx, cy] = [reach + px / PHASES, reach + py / PHASES];
      found = stamp(side, cx, cy, r8 / 8, w8 / 8, colours[fill], colours[stroke], fade / FADES);
      stamps.set(key, found);
    }
    if (opacity !== 1) context.globalAlpha = 1;
    const across = side / ratio;
    context.drawImage(found, (left - reach) / ratio, (top - reach) / ratio, across, across);
    if (opacity !== 1) context.globalAlpha = opacity;
    return true;
  }

  // With `ratio`, device pixels to a unit, small discs may be copied; without, everything is drawn exactly.
  function paint(context, commands, texts, fonts, colours, ratio) {
    const end = commands.length;
    const copies = ratio && typeof OffscreenCanvas === "function";
    let stamps = copies && stampsOf.get(colours);
    if (copies && !stamps) stampsOf.set(colours, (stamps = new Map()));
    let [fill, stroke, width, solid, opacity] = [0, 0, 1, true, 1];
    let at = 0;
    while (at < end) {
      switch (commands[at]) {
        case 0:
          fill = commands[at + 1];
          context.fillStyle = colours[fill];
          at += 2;
          break;
        case 1:
          stroke = commands[at + 1];
          context.strokeStyle = colours[stroke];
          at += 2;
          break;
        case 2:
          width = commands[at + 1];
          context.lineWidth = width;
          at += 2;
          break;
        case 3:
          solid = !(commands[at + 1] > 0);
          context.setLineDash(solid ? NONE : [commands[at + 1], commands[at + 2]]);
          at += 3;
          break;
        case 4:
          opacity = commands[at + 1];
          context.globalAlpha = opacity;
          at += 2;
          break;
        case 5:
          context.font = fonts[commands[at + 1]];
          at += 2;
          break;
        case 6:
          context.textAlign = ALIGN[commands[at + 1]];
          at += 2;
          break;
        case 7: {
          // Disc: x, y, radius, how (1 fill, 2 stroke, 3 both).
          const how = commands[at + 4];
          const x = commands[at + 1];
          const y = commands[at + 2];
          const r = commands[at + 3];
          at += 5;
          if (stamps && how === 3 && solid && copyDisc(context, stamps, colours, ratio, x, y, r, width, fill, stroke, opacity)) break;
          context.beginPath();
          context.arc(x, y, r, 0, FULL);
          if (how & 1) context.fill();
          if (how & 2) context.stroke();
          break;
        }
        case 8: {
          // Box: x, y, width, height, radius, how.
          const how = commands[at + 6];
          const radius = commands[at + 5];
          if (radius > 0) {
            context.beginPath();
            context.roundRect(commands[at + 1], commands[at + 2], commands[at + 3], commands[at + 4], radius);
            if (how & 1) context.fill();
            if (how & 2) context.stroke();
          } else {
            if (how & 1) context.fillRect(commands[at + 1], commands[at + 2], commands[at + 3], commands[at + 4]);
            if (how & 2) context.strokeRect(commands[at + 1], commands[at + 2], commands[at + 3], commands[at + 4]);
          }
          at += 7;
          break;
        }
        case 9: {
          // Path: how, closed, count, then points.
          const how = commands[at + 1];
          const stop = at + 4 + 2 * commands[at + 3];
          context.beginPath();
          context.moveTo(commands[at + 4], commands[at + 5]);
          for (let point = at + 6; point < stop; point += 2) context.lineTo(commands[point], commands[point + 1]);
          if (commands[at + 2]) context.closePath();
          if (how & 1) context.fill();
          if (how & 2) context.stroke();
          at = stop;
          break;
        }
        case 10: {
          // Lines: count of numbers, then pairs of points.
          const stop = at + 2 + commands[at + 1];
          context.beginPath();
          for (let point = at + 2; point < stop; point += 4) {
            context.moveTo(commands[point], commands[point + 1]);
            context.lineTo(commands[point + 2], commands[point + 3]);
          }
          context.stroke();
          at = stop;
          break;
        }
        case 11:
          // Arc: x, y, radius, start, end.
          context.beginPath();
          context.arc(commands[at + 1], commands[at + 2], commands[at + 3], commands[at + 4], commands[at + 5]);
          context.stroke();
          at += 6;
          break;
        case 12: {
          // Text: x, y, which, how; the stroke first, so that it becomes a halo.
          const text = texts[commands[at + 3]];
          const how = commands[at + 4];
          if (how & 2) context.strokeText(text, commands[at + 1], commands[at + 2]);
          if (how & 1) context.fillText(text, commands[at + 1], commands[at + 2]);
          at += 5;
          break;
        }
        default:
          return;
      }
    }
  }

  function begin(canvas, width, height, ratio) {
    const w = Math.max(1, Math.round(width * ratio));
    const h = Math.max(1, Math.round(height * ratio));
    if (canvas.width !== w) canvas.width = w;
    if (canvas.height !== h) canvas.height = h;
    const context = canvas.getContext("2d", OPAQUE);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.lineJoin = "round";
    context.lineCap = "butt";
    // What is copied is as large as it was drawn: pixel for pixel.
    context.imageSmoothingEnabled = false;
    return context;
  }

  window.synodPaint = function (canvas, width, height, ratio, commands, texts, fonts, colours) {
    paint(begin(canvas, width, height, ratio), commands, texts, fonts, colours, ratio);
  };

  // The same picture as a PNG file, `ratio` times as large.
  window.synodPicture = function (name, width, height, ratio, commands, texts, fonts, colours) {
    const canvas = document.createElement("canvas");
    paint(begin(canvas, width, height, ratio), commands, texts, fonts, colours);
    canvas.toBlob((blob) => window.synodSave(name, blob), "image/png");
  };

  // What makes animations is brought when one is made.
  let films = 0;
  window.synodFilmBegin = async function () {
    const mine = (films += 1);
    window.synodFilm = await import(new URL("scripts/film.js", document.baseURI).href);
    // Nobody waits any more for what was given up meanwhile.
    if (mine !== films) return new Promise(() => {});
    window.synodFilm.begin();
  };
  window.synodFilmDrop = function () {
    films += 1;
    window.synodFilm?.drop();
  };

  // Offers a blob as a file.
  window.synodSave = function (name, blob) {
    if (!blob) return;
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  };
})();
