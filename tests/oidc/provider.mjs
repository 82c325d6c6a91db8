// A certified OpenID provider (npm oidc-provider) that knows two people, on a free port, and says where it listens. The forms to sign in and to
// agree are its own. Its first argument is how pakn shows its secret.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const people = {
  ha: { name: 'Nguyễn Thị Hà', phone_number: '+84977000001', phone_number_verified: true },
  nam: { name: 'Trần Văn Nam', phone_number: '+84977000002', phone_number_verified: false },
};

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [{
      client_id: 'pakn',
      client_secret: 'a secret: of 100 % + pakn',
      redirect_uris: ['https://pakn.example.vn/dang-nhap'],
      token_endpoint_auth_method: process.argv[2] ?? 'client_secret_basic',
    }],
    claims: { openid: ['sub'], profile: ['name'], phone: ['phone_number', 'phone_number_verified'] },
    pkce: { required: () => true },
    findAccount: (_, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
    cookies: { keys: ['for tests'] },
  });
  server.on('request', provider.callback());
  console.log(`listens on ${issuer}`);
});
