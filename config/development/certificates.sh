#!/usr/bin/env bash
# Makes an authority for a development house and what it issues: a certificate for 127.0.0.1 and localhost, for what speaks
# TLS here, and one that the broker shows as a client (data boxes, CAAIS). Usage: certificates.sh FOLDER. What exists and
# lasts for another week stays.
set -euo pipefail
umask 077
folder=${1:?usage: certificates.sh FOLDER}
mkdir -p "$folder"

lasts() { [[ -s $folder/$1.pem && -s $folder/$1.key ]] && openssl x509 -checkend 604800 -noout -in "$folder/$1.pem" >/dev/null; }

# issue NAME SUBJECT EXTENSIONS
issue() {
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$folder/$1.key" -out "$folder/$1.csr"
  openssl x509 -req -in "$folder/$1.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 825 \
    -out "$folder/$1.pem" -extfile <(printf 'basicConstraints=CA:FALSE\n%s\n' "$3")
  rm "$folder/$1.csr"
}

if ! lasts ca; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=City Identity development CA" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$folder/ca.key" -out "$folder/ca.pem"
  rm -f "$folder/server.pem" "$folder/client.pem"
fi
lasts server || issue server "/CN=localhost" $'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth'
lasts client || issue client "/O=Mesto Cesky Krumlov/CN=City Identity broker" 'extendedKeyUsage=clientAuth'
