import { objectOf } from './properties.js';
import type { Said, SegmentCall } from './segment-call.js';
import { touchOf } from './touch.mapping.js';

const pathOf = (address: unknown): string | undefined =>
  typeof address === 'string' && URL.canParse(address, 'https://page.invalid')
    ? new URL(address, 'https://page.invalid').pathname
    : undefined;

/** A part of a path that is a mail address says who was there; that is not for the page's name. */
const withoutPeople = (path: string) =>
  path
    .split('/')
    .map((part) => (/@|%40/i.test(part) ? '…' : part))
    .join('/');

const nameOf = ({ message, properties }: SegmentCall): string | undefined =>
  (typeof message.name === 'string' && message.name !== '' ? message.name : undefined) ??
  properties.text(500, 'name');

export function pageOf(call: SegmentCall): Said {
  const { context, properties } = call;
  const page = objectOf(context.page);
  const name = nameOf(call);
  const path =
    pathOf(properties.value('path')) ??
    pathOf(page.path) ??
    pathOf(properties.value('url') ?? page.url) ??
    (name && `/${encodeURIComponent(name)}`);
  return {
    type: 'page.viewed',
    data: {
      path: path && withoutPeople(path).slice(0, 2000),
      title: properties.text(500, 'title') ?? name?.slice(0, 500),
      ...touchOf(call),
    },
  };
}

export const screenOf = (call: SegmentCall): Said => ({
  type: 'screen.viewed',
  data: { name: nameOf(call)?.slice(0, 500), ...touchOf(call) },
});
