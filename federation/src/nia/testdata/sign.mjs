// Signs an element as an identity provider on Node.js does: by xml-crypto, which nobody here wrote. `make.py` runs it.
//
//   echo '{"xml": "…", "key": "PEM", "certificate": "PEM"}' | node federation/src/nia/testdata/sign.mjs

import { readFileSync, writeSync } from "node:fs";
import { createRequire } from "node:module";

// Installed for the browser tests.
const require = createRequire(new URL("../../../../tests/browser/package.json", import.meta.url));
const { SignedXml } = require("xml-crypto");

const { xml, key, certificate } = JSON.parse(readFileSync(0, "utf8"));
const EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#";
const signer = new SignedXml({
  privateKey: key,
  publicCert: certificate,
  idAttribute: "ID",
  signatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
  canonicalizationAlgorithm: EXCLUSIVE,
});
signer.addReference({
  xpath: "/*",
  digestAlgorithm: "http://www.w3.org/2001/04/xmlenc#sha256",
  transforms: ["http://www.w3.org/2000/09/xmldsig#enveloped-signature", EXCLUSIVE],
});
signer.computeSignature(xml, { location: { reference: "/*/*[local-name(.)='Issuer']", action: "after" } });
writeSync(1, signer.getSignedXml());
