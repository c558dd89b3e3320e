/** Where a command says what it is doing: one moving line on a terminal, plain lines (rarely) otherwise. */
export interface Progress {
  /** What is happening now, such as `12,000 records`. Overwrites the last update on a terminal. */
  update(text: string): void;
  /** A line that stays. */
  line(text: string): void;
  /** Ends the moving line. */
  done(): void;
}

/** Off a terminal, at most one update in this many milliseconds is printed: a log should not be a film. */
const PLAIN_INTERVAL_MS = 10_000;
const TERMINAL_INTERVAL_MS = 100;

/** Progress on standard error, so that standard output holds results only. */
export function progressOn(stream: NodeJS.WriteStream = process.stderr): Progress {
  const terminal = stream.isTTY === true;
  let last = terminal ? 0 : performance.now();
  let moving = false;
  const clear = () => {
    if (moving) stream.write('\r\u001b[2K');
    moving = false;
  };
  return {
    update(text) {
      const now = performance.now();
      if (now - last < (terminal ? TERMINAL_INTERVAL_MS : PLAIN_INTERVAL_MS)) return;
      last = now;
      if (!terminal) {
        stream.write(`${text}\n`);
        return;
      }
      clear();
      stream.write(text.slice(0, Math.max(20, (stream.columns ?? 80) - 1)));
      moving = true;
    },
    line(text) {
      clear();
      stream.write(`${text}\n`);
    },
    done: clear,
  };
}

/** 1234567 as `1,234,567`. */
export function count(value: number): string {
  return value.toLocaleString('en-GB');
}

/** Bytes as kB, MB or GB (powers of 1000). */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${(value / 1e3).toFixed(1)} kB`;
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(2)} GB`;
}
