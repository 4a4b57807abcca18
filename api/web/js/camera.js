// The camera: which part of the drawing is seen. World units are those of the document, screen units CSS pixels.

const MARGIN = 46;

export class Camera {
  constructor() {
    this.scale = 1;
    this.x = 0;
    this.y = 0;
    this.width = 1;
    this.height = 1;
    this.least = 0.001;
  }

  /** Show all of some bounds above what covers the lower edge of the screen. */
  fit([left, top, right, bottom], covered = 0) {
    const across = Math.max(right - left, 1), down = Math.max(bottom - top, 1);
    const free = { width: Math.max(this.width - 2 * MARGIN, 50), height: Math.max(this.height - 2 * MARGIN - covered, 50) };
    this.scale = Math.min(free.width / across, free.height / down);
    this.least = this.scale / 4;
    this.x = this.width / 2 - ((left + right) / 2) * this.scale;
    this.y = (this.height - covered) / 2 - ((top + bottom) / 2) * this.scale;
  }

  /** Come nearer by a factor; what lies at a point of the screen stays there. */
  zoom(factor, x = this.width / 2, y = this.height / 2) {
    const scale = Math.min(Math.max(this.scale * factor, this.least), this.least * 4000);
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
  }

  move(x, y) {
    this.x += x;
    this.y += y;
  }

  /** Bring a point of the world into the middle. */
  centre(x, y) {
    this.x = this.width / 2 - x * this.scale;
    this.y = this.height / 2 - y * this.scale;
  }

  toScreen(x, y) {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }

  /** Tell whether a point of the screen is on it, or nearly. */
  sees(x, y, margin = 40) {
    return x > -margin && y > -margin && x < this.width + margin && y < this.height + margin;
  }
}
