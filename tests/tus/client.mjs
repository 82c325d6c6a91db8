// tus-js-client: brings a file through; prints its address.
import fs from 'node:fs';
import * as tus from 'tus-js-client';

const [endpoint, file] = process.argv.slice(2);
const upload = new tus.Upload(fs.readFileSync(file), {
    endpoint,
    chunkSize: 5_000_000,
    retryDelays: Array.from({ length: 40 }, () => 60),
    headers: { Authorization: `Bearer ${process.env.TOKEN}` },
    metadata: { filename: 'vidéo của tôi.mp4', filetype: 'video/mp4' },
    onError: (error) => { console.error(error.message); process.exit(1); },
    onSuccess: () => { console.log(upload.url); process.exit(0); },
});
upload.start();
