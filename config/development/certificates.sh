#!/usr/bin/env bash
# Makes an authority for a development house and what it issues: a certificate for 127.0.0.1 and localhost, for what speaks
# TLS here, and one that the broker shows as a client (data boxes, CAAIS). Three more clients are there to be refused, each
# wrong in one thing: client-expired; client-other-authority, by other-authority, which nobody here believes; and
# client-unregistered, which is good and belongs to no application. Usage: certificates.sh FOLDER. What exists and lasts for
# another week stays.
set -euo pipefail
umask 077
folder=${1:?usage: certificates.sh FOLDER}
mkdir -p "$folder"

made() { [[ -s $folder/$1.pem && -s $folder/$1.key ]]; }
lasts() { made "$1" && openssl x509 -checkend 604800 -noout -in "$folder/$1.pem" >/dev/null; }

# authority NAME SUBJECT
authority() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "$2" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" -keyout "$folder/$1.key" -out "$folder/$1.pem"
}

# issue NAME SUBJECT EXTENSIONS [AUTHORITY [DAYS]]
issue() {
  local by=${4:-ca}
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "$2" -keyout "$folder/$1.key" -out "$folder/$1.csr"
  openssl x509 -req -in "$folder/$1.csr" -CA "$folder/$by.pem" -CAkey "$folder/$by.key" -CAcreateserial -days "${5:-825}" \
    -out "$folder/$1.pem" -extfile <(printf 'basicConstraints=CA:FALSE\n%s\n' "$3")
  rm "$folder/$1.csr"
}

if ! lasts ca; then
  authority ca "/CN=City Identity development CA"
  rm -f "$folder/server.pem" "$folder/client.pem" "$folder/client-expired.pem" "$folder/client-unregistered.pem"
fi
if ! lasts other-authority; then
  authority other-authority "/CN=City Identity other CA"
  rm -f "$folder/client-other-authority.pem"
fi
town='/O=Mesto Cesky Krumlov/CN=City Identity broker'
for_clients='extendedKeyUsage=clientAuth'
lasts server || issue server "/CN=localhost" $'subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage=serverAuth'
lasts client || issue client "$town" "$for_clients"
made client-expired || issue client-expired "$town" "$for_clients" ca -1
lasts client-other-authority || issue client-other-authority "$town" "$for_clients" other-authority
lasts client-unregistered || issue client-unregistered "/O=Mesto Jinde/CN=Another application" "$for_clients"
