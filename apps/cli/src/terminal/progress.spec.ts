import { duration, paceOf, Progress } from './progress.js';

function watched(isTTY: boolean) {
  let time = 0;
  let text = '';
  const stream = {
    isTTY,
    columns: 40,
    write: (more: string | Uint8Array) => Boolean((text += String(more))),
  };
  const progress = new Progress({ quiet: false, stream, now: () => time });
  return { progress, at: (milliseconds: number) => (time = milliseconds), text: () => text };
}

it('is a bar on a terminal, no wider than it', () => {
  const { progress, at, text } = watched(true);
  at(200);
  progress.show(0.5, 'half of it, and much more than there is room for');
  expect(text()).toContain('██████████░░░░░░░░░░');
  expect(text()).toMatch(/^\r.{39}\u001b\[K$/);
  progress.end();
  expect(text().endsWith('\r\u001b[K')).toBe(true);
});

it('is a plain line now and then elsewhere', () => {
  const { progress, at, text } = watched(false);
  for (const second of [1, 2, 6, 7, 12]) {
    at(second * 1000);
    progress.show(second / 12, `${second} lines`);
  }
  progress.end();
  expect(text()).toBe(' 50 %  6 lines\n100 %  12 lines\n');
});

it('tells the pace and what remains', () => {
  expect(paceOf(3000, 0.25, 10)).toBe('300 a second, 0:30 left');
  expect(paceOf(0, 0, 0)).toBe('0 a second');
  expect(duration(3725)).toBe('1:02:05');
});
