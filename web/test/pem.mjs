// A certificate with its private key, made on the spot.
import { generateKeyPairSync, sign } from 'node:crypto';

const der = (tag, ...parts) => {
  const body = Buffer.concat(parts.map((p) => Buffer.from(p)));
  const length = body.length < 128 ? [body.length] : body.length < 256 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const hex = (s) => Buffer.from(s, 'hex');

export function selfSigned() {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const algorithm = der(0x30, hex('06092a864886f70d01010b'), hex('0500'));
  const name = der(0x30, der(0x31, der(0x30, hex('0603550403'), der(0x0c, 'test'))));
  const validity = der(0x30, der(0x17, '250101000000Z'), der(0x17, '450101000000Z'));
  const body = der(0x30, der(0xa0, der(2, [2])), der(2, [1]), algorithm, name, validity, name, publicKey.export({ type: 'spki', format: 'der' }));
  const cert = der(0x30, body, algorithm, der(3, [0], sign('sha256', body, privateKey)));
  const lines = cert.toString('base64').match(/.{1,64}/g).join('\n');
  return { certificate: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`, key: privateKey.export({ type: 'pkcs8', format: 'pem' }) };
}
