#!/bin/sh
# Asks a policy what to do about a guest access to memory that is gone: ask.sh [URL] [BUILT-IN POLICY]
url=${1:-http://127.0.0.1:7005}
policy=${2:-morse}

curl -sS --max-time 2 "$url/v1/machines/m0/decisions" -H 'content-type: application/json' -H "ce-id: ask-$$" -d '{
  "vm": "vm0", "vmNumber": 1, "profile": "reference", "vcpu": 0, "policy": "'"$policy"'",
  "signal": { "code": "BUS_MCEERR_AR", "hostVirtual": "0xffff80001000", "addressLsb": 12 },
  "interrupted": { "pc": "0x400c10", "pstate": "0x0", "el": 0 },
  "guest": { "guestPhysical": "0x40001000", "inRam": true },
  "sources": [
    { "source": 0, "notify": "SEA", "acknowledged": true },
    { "source": 1, "notify": "GPIO", "acknowledged": true }
  ],
  "history": { "errors": 1 }
}'
