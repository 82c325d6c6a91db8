// A network that breaks: each connection goes to the next server and ends at a random byte. Prints its port, then what it did.
import net from 'node:net';

const servers = process.argv.slice(2).map((address) => address.split(':'));
// A generator of our own, so that a run can be played again (mulberry32).
let state = Number(process.env.SEED) >>> 0;
const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
let connections = 0;
let cut = 0;
const proxy = net.createServer((client) => {
    const [host, port] = servers[connections++ % servers.length];
    const server = net.connect(Number(port), host);
    const share = random();
    // Some at once, most in the middle of a piece; none lasts for the whole file.
    let left = Math.floor(share < 0.15 ? random() * 2000 : random() * 6_000_000);
    const end = () => { client.destroy(); server.destroy(); };
    client.on('data', (bytes) => {
        left -= bytes.length;
        if (left < 0) {
            cut += 1;
            server.write(bytes.subarray(0, bytes.length + left), end);
            console.log(`${connections} connections, ${cut} cut`);
        } else if (!server.write(bytes)) {
            client.pause();
            server.once('drain', () => client.resume());
        }
    });
    server.on('data', (bytes) => client.write(bytes));
    for (const socket of [client, server]) {
        socket.on('error', end);
        socket.on('close', end);
    }
});
proxy.listen(0, '127.0.0.1', () => console.log(proxy.address().port));
