#!/usr/bin/env bash
# The stack's certificate authority, one certificate per client, and kubeconfigs that use them.
set -euo pipefail
. "$(dirname "$0")/lib/stack.sh"
load_network

pki=$STACK_STATE/pki
[ -s "$pki/complete" ] && exit 0
umask 077
mkdir -p "$pki" "$STACK_STATE/kubeconfigs"
cd "$pki"
server=https://$HOST_ADDRESS:$API_PORT

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1.key"; }

authority() {
  new_key ca
  openssl req -x509 -new -key ca.key -days 3650 -subj "/CN=$STACK_BRIDGE" -out ca.crt \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign,digitalSignature
}

# certificate NAME SUBJECT USAGE [ALTERNATIVE-NAMES]
certificate() {
  new_key "$1"
  openssl req -new -key "$1.key" -subj "$2" |
    openssl x509 -req -CA ca.crt -CAkey ca.key -CAcreateserial -days 3650 -out "$1.crt" -extfile <(
      printf 'keyUsage=critical,digitalSignature,keyEncipherment\nbasicConstraints=critical,CA:FALSE\n'
      printf 'extendedKeyUsage=%s\n%s\n' "$3" "${4:+subjectAltName=$4}"
    ) 2>/dev/null
}

# kubeconfig NAME FILE: the client certificate NAME, readable from any folder
kubeconfig() {
  cat >"$2" <<YAML
apiVersion: v1
kind: Config
clusters:
- {name: berth, cluster: {server: "$server", certificate-authority-data: $(base64 -w0 ca.crt)}}
users:
- {name: $1, user: {client-certificate-data: $(base64 -w0 "$1.crt"), client-key-data: $(base64 -w0 "$1.key")}}
contexts:
- {name: berth, context: {cluster: berth, user: $1}}
current-context: berth
YAML
}

client() { # client NAME SUBJECT
  certificate "$1" "$2" clientAuth
  kubeconfig "$1" "$STACK_STATE/kubeconfigs/$1"
}

authority
certificate apiserver /CN=kube-apiserver serverAuth \
  "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:10.96.0.1,IP:$HOST_ADDRESS"
certificate front-proxy /CN=front-proxy clientAuth
client admin /O=system:masters/CN=admin
client node-standin /O=system:masters/CN=node-standin # an identity of its own: the audit log tells kubelets from people
client kube-controller-manager /CN=system:kube-controller-manager
client kube-scheduler /CN=system:kube-scheduler
# The kubelet of a stack with a real node, and the API server towards it.
client kubelet "/O=system:nodes/CN=system:node:$REAL_NODE_NAME"
client kube-proxy /CN=system:kube-proxy
certificate kubelet-server "/CN=$REAL_NODE_NAME" serverAuth "DNS:$REAL_NODE_NAME,IP:$(node_address "$REAL_NODE_NAME")"
certificate apiserver-kubelet /O=system:masters/CN=kube-apiserver clientAuth
openssl genrsa -out sa.key 2048 2>/dev/null
openssl rsa -in sa.key -pubout -out sa.pub 2>/dev/null
cp "$STACK_STATE/kubeconfigs/admin" "$STACK_KUBECONFIG"
echo yes >complete
