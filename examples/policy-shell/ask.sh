#!/bin/sh
# Asks a policy what to do about a guest access to memory that is gone: ask.sh [URL] [BUILT-IN POLICY]
url=${1:-http://127.0.0.1:7005}
policy=${2:-morse}

curl -sS --max-time 2 "$url/v1/machines/m0/decisions" -H 'content-type: application/json' -d '{
  "vm": "vm0", "vcpu": 0, "policy": "'"$policy"'",
  "signal": { "code": "BUS_MCEERR_AR", "hostVirtual": "0xffff80001000", "addressLsb": 12 },
  "guest": { "guestPhysical": "0x40001000", "inRam": true },
  "sources": [
    { "source": 0, "notify": "SEA", "acknowledged": true },
    { "source": 1, "notify": "GPIO", "acknowledged": true }
  ],
  "history": { "errors": 1 }
}'
