// A video of so many megabytes: boxes as a phone writes them, and noise for the picture.
import crypto from 'node:crypto';
import fs from 'node:fs';

const [megabytes, file] = process.argv.slice(2);
const number = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32BE(value); return bytes; };
const box = (kind, ...content) => {
    const inner = Buffer.concat(content);
    return Buffer.concat([number(inner.length + 8), Buffer.from(kind, 'latin1'), inner]);
};
const full = (kind, ...numbers) => box(kind, number(0), ...numbers.map(number));
const picture = crypto.randomBytes(Number(megabytes) * 1024 * 1024);
const moov = (at) => box('moov',
    full('mvhd', 0, 0, 1000, 60_000),
    box('trak', full('tkhd', 0, 0, 1), box('mdia',
        full('mdhd', 0, 0, 1000, 60_000, 0),
        box('hdlr', Buffer.alloc(8), Buffer.from('vide'), Buffer.alloc(13)),
        box('minf', box('stbl',
            box('stsd', number(0), number(1), box('avc1', Buffer.alloc(78))),
            full('stts', 1, 1, 1000), full('stsc', 1, 1, 1, 1), full('stsz', 0, 1, picture.length), full('stco', 1, at))))));
const ftyp = box('ftyp', Buffer.from('isom'), number(512), Buffer.from('isommp41'));
fs.writeFileSync(file, Buffer.concat([ftyp, moov(ftyp.length + moov(0).length + 8), box('mdat', picture)]));
