/*
 * A Modbus TCP device, made with libmodbus.
 *
 *     modbus_slave PORT UNIT
 *
 * Has 100 coils, discrete inputs, input and holding registers from address 0. Holding register n holds 1000 + n, input
 * register n holds n; input registers 10 and 11 are the float 21.5 (high word first), coil 1 and discrete input 2 are on.
 * Prints a JSON object a line: {"ready": port}, then {"function": F, "address": A, "value": V} for each request, V being the
 * holding register or coil there after it. Answers other units with nothing.
 */
#include <errno.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE 100
#define LINKS 16

/* Answers one request of the present link. Returns a negative number when the link has ended. */
static int serve(modbus_t *context, modbus_mapping_t *mapping, int unit) {
  uint8_t query[MODBUS_TCP_MAX_ADU_LENGTH];
  int size = modbus_receive(context, query);
  if (size < 12 || query[6] != unit) return size;
  int function = query[7];
  int address = (query[8] << 8) | query[9];
  modbus_reply(context, query, size, mapping);
  int value = -1;
  if (address < SIZE)
    value = function == 5 || function == 15 ? mapping->tab_bits[address] : mapping->tab_registers[address];
  printf("{\"function\": %d, \"address\": %d, \"value\": %d}\n", function, address, value);
  fflush(stdout);
  return size;
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: modbus_slave PORT UNIT\n");
    return 2;
  }
  int port = atoi(argv[1]);
  int unit = atoi(argv[2]);
  modbus_t *context = modbus_new_tcp("127.0.0.1", port);
  modbus_mapping_t *mapping = modbus_mapping_new(SIZE, SIZE, SIZE, SIZE);
  if (context == NULL || mapping == NULL) return 1;
  for (int i = 0; i < SIZE; i++) {
    mapping->tab_registers[i] = 1000 + i;
    mapping->tab_input_registers[i] = i;
  }
  mapping->tab_input_registers[10] = 0x41ac;
  mapping->tab_input_registers[11] = 0x0000;
  mapping->tab_bits[1] = 1;
  mapping->tab_input_bits[2] = 1;
  modbus_set_slave(context, unit);

  int listener = modbus_tcp_listen(context, 4);
  if (listener < 0) {
    fprintf(stderr, "listen: %s\n", modbus_strerror(errno));
    return 1;
  }
  printf("{\"ready\": %d}\n", port);
  fflush(stdout);

  struct pollfd links[LINKS + 1] = {{.fd = listener, .events = POLLIN}};
  int count = 1;
  for (;;) {
    if (poll(links, count, -1) < 0) return 1;
    for (int i = count - 1; i > 0; i--) {
      if (links[i].revents == 0) continue;
      modbus_set_socket(context, links[i].fd);
      if (serve(context, mapping, unit) >= 0) continue;
      close(links[i].fd);
      links[i] = links[--count];
    }
    if (links[0].revents == 0) continue;
    int link = accept(listener, NULL, NULL);
    if (link >= 0 && count <= LINKS) links[count++] = (struct pollfd){.fd = link, .events = POLLIN};
    else if (link >= 0) close(link);
  }
}
