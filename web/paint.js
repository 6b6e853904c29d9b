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

  function paint(context, commands, texts, fonts, colours) {
    const end = commands.length;
    let at = 0;
    while (at < end) {
      switch (commands[at]) {
        case 0:
          context.fillStyle = colours[commands[at + 1]];
          at += 2;
          break;
        case 1:
          context.strokeStyle = colours[commands[at + 1]];
          at += 2;
          break;
        case 2:
          context.lineWidth = commands[at + 1];
          at += 2;
          break;
        case 3:
          context.setLineDash(commands[at + 1] > 0 ? [commands[at + 1], commands[at + 2]] : NONE);
          at += 3;
          break;
        case 4:
          context.globalAlpha = commands[at + 1];
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
          context.beginPath();
          context.arc(commands[at + 1], commands[at + 2], commands[at + 3], 0, FULL);
          if (how & 1) context.fill();
          if (how & 2) context.stroke();
          at += 5;
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
    return context;
  }

  window.synodPaint = function (canvas, width, height, ratio, commands, texts, fonts, colours) {
    paint(begin(canvas, width, height, ratio), commands, texts, fonts, colours);
  };

  // The same picture as a PNG file, `ratio` times as large.
  window.synodPicture = function (name, width, height, ratio, commands, texts, fonts, colours) {
    const canvas = document.createElement("canvas");
    paint(begin(canvas, width, height, ratio), commands, texts, fonts, colours);
    canvas.toBlob((blob) => window.synodSave(name, blob), "image/png");
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
