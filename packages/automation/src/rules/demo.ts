/** The handshake, heartbeat and instruction example, for both sides. It is offered for an empty tree. */

export const demoTask = `# A client: shakes hands until it hears a heartbeat, then sends an instruction and ends.
# "Wait" means: try again. Anything else is a failure.
connection:
  address: 127.0.0.1
  port: 9090
  timeout: 10s
rules:
  - send: Handshake
    iterations: forever
    rules:
      - receive:
        rules:
          - check: { equal: Wait }
            group: 1
          - check: { equal: Heartbeat }
            group: 1
            rules:
              - send: Some instruction
                key: INSTRUCTION
                exit: success
          - check: otherwise
            group: 1
            exit: failure
`;

export const demoTrigger = `# A listener: answers a handshake with a heartbeat, then takes an instruction and fires with it.
# Anything but a handshake is a failure; the trigger goes on listening.
connection:
  address: 127.0.0.1
  port: 9090
  timeout: 10s
rules:
  - receive:
    iterations: forever
    rules:
      - check: { equal: Handshake }
        group: 1
        rules:
          - send: Heartbeat
            rules:
              - receive:
                key: INSTRUCTION
                fire: true
      - check: otherwise
        group: 1
        exit: failure
`;
