// xml-crypto judges what the broker and the sandbox sign: our SAML metadata, our login requests, NIA's answers.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { DOMParser } from "@xmldom/xmldom";
import { SignedXml } from "xml-crypto";
import { launch } from "./support/chromium.mjs";
import { house, throughNia } from "./support/house.mjs";

const DSIG = "http://www.w3.org/2000/09/xmldsig#";

let chromium, town;
before(async () => {
  // The request as a form: signed inside, where XML signatures are.
  chromium = await launch();
  town = await house((name, toml) => (name === "idp" ? toml.replace('kind = "nia"', 'kind = "nia"\nbinding = "post"') : toml));
});
after(async () => {
  await chromium?.close();
  await town?.stop();
});

const parse = (xml) => new DOMParser().parseFromString(xml, "text/xml");
const pem = (base64) => `-----BEGIN CERTIFICATE-----\n${base64.replace(/\s/g, "").match(/.{1,64}/g).join("\n")}\n-----END CERTIFICATE-----\n`;

/** Whether the signature below the root verifies by this certificate and covers the root and nothing else. */
function verified(xml, certificate) {
  const root = parse(xml).documentElement;
  const signature = [...root.childNodes].find((node) => node.namespaceURI === DSIG && node.localName === "Signature");
  assert.ok(signature, "not signed");
  const judge = new SignedXml({ publicCert: certificate, getCertFromKeyInfo: () => null, idAttributes: ["ID"] });
  judge.loadSignature(signature.toString());
  try {
    if (!judge.checkSignature(xml)) return false;
  } catch (error) {
    if (/invalid signature|digest/i.test(error.message)) return false;
    throw error;
  }
  const covered = judge.getSignedReferences();
  assert.equal(covered.length, 1);
  return parse(covered[0]).documentElement.getAttribute("ID") === root.getAttribute("ID");
}

/** Our signing certificates, as our metadata name them. */
async function ours() {
  const xml = await (await fetch(`${town.at.broker}/upstream/nia/metadata`)).text();
  const keys = [...parse(xml).getElementsByTagName("*")].filter((node) => node.localName === "KeyDescriptor");
  const signing = keys.filter((node) => node.getAttribute("use") !== "encryption");
  const texts = signing.flatMap((node) => [...node.getElementsByTagNameNS(DSIG, "X509Certificate")]);
  return { xml, certificates: texts.map((node) => pem(node.textContent)) };
}

const stranger = async () => (await fetch(`${town.at.sandbox}/_sandbox/nia/key/stranger`)).text();
const nia = async () => (await fetch(`${town.at.sandbox}/_sandbox/nia/key/signing`)).text();

test("xml-crypto finds NIA's metadata signed by NIA's key and by no other", async () => {
  const xml = await (await fetch(`${town.at.sandbox}/FPSTS/FederationMetadata/2007-06/FederationMetadata.xml`)).text();

  assert.equal(verified(xml, await nia()), true);
  assert.equal(verified(xml, await stranger()), false);
});

test("xml-crypto finds the broker's metadata signed by the key inside", async () => {
  const { xml, certificates } = await ours();

  assert.ok(certificates.length);
  assert.ok(certificates.some((certificate) => verified(xml, certificate)));
  assert.equal(verified(xml, await stranger()), false);
  const changed = xml.replaceAll("/upstream/nia/answer", "/upstream/nia/answes");
  assert.notEqual(changed, xml);
  assert.ok(certificates.every((certificate) => !verified(changed, certificate)));
});

test("xml-crypto finds a login's request signed by the broker and its answer by NIA", async () => {
  const page = await (await chromium.newContext({ locale: "cs-CZ" })).newPage();
  const messages = {};
  page.on("request", (request) => {
    for (const [name, value] of new URLSearchParams(request.postData() ?? "")) {
      if (/^SAML/.test(name)) messages[name] = Buffer.from(value, "base64").toString();
    }
  });

  await page.goto(town.at.portal);
  await page.click("#sign-in");
  await throughNia(page, "novakova");

  const { certificates } = await ours();
  const { SAMLRequest: asked, SAMLResponse: answered } = messages;
  assert.match(asked, /AuthnRequest/);
  assert.ok(certificates.some((certificate) => verified(asked, certificate)));
  assert.ok(certificates.every((certificate) => !verified(asked.replace("LoA/substantial", "LoA/low"), certificate)));
  assert.equal(verified(asked, await stranger()), false);
  assert.match(answered, /EncryptedAssertion/);
  assert.equal(verified(answered, await nia()), true);
  assert.equal(verified(answered.replace("status:Success", "status:Responder"), await nia()), false);
  assert.equal(verified(answered, await stranger()), false);
});
