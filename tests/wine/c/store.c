/* Lab only: a process that holds TCP connections and passes on what is said on them. It listens on each PORT, IPv4 and
 * IPv6, says "ready", accepts whatever comes and keeps it until it ends. Under the name of store.exe it is Exchange's,
 * under any other it is somebody else's.
 *
 * Connections are numbered as they come. Standard output tells what happens, standard input orders:
 *
 *   N said TEXT     the client of connection N sent this line
 *   N gone CODE     connection N has ended: 0 when the client hung up, else the error of winsock
 *   N TEXT          (input) send this line to the client of connection N */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_CONNECTIONS = 10000, LONGEST_LINE = 4096 };
static SOCKET connections[MOST_CONNECTIONS];
static volatile LONG count;

static SOCKET listener(int family, int port)
{
    SOCKADDR_STORAGE address = {0};
    SOCKET socket = WSASocketW(family, SOCK_STREAM, IPPROTO_TCP, NULL, 0, WSA_FLAG_OVERLAPPED);
    DWORD yes = 1;

    address.ss_family = (short)family;
    if (family == AF_INET6)
        setsockopt(socket, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&yes, sizeof yes);
    /* the port is at the same place in both families */
    ((struct sockaddr_in *)&address)->sin_port = htons((u_short)port);
    if (bind(socket, (struct sockaddr *)&address, family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6)) ||
        listen(socket, SOMAXCONN)) {
        fprintf(stderr, "port %d: error %d\n", port, WSAGetLastError());
        exit(1);
    }
    return socket;
}

static DWORD WINAPI serve(void *numbered)
{
    int number = (int)(INT_PTR)numbered, length = 0, got;
    char line[LONGEST_LINE];

    while ((got = recv(connections[number], line + length, 1, 0)) > 0) {
        if (line[length] != '\n' && length < LONGEST_LINE - 1) {
            length++;
            continue;
        }
        printf("%d said %.*s\n", number, length, line);
        fflush(stdout);
        length = 0;
    }
    printf("%d gone %d\n", number, got ? WSAGetLastError() : 0);
    fflush(stdout);
    closesocket(connections[number]);
    return 0;
}

static DWORD WINAPI accept_all(void *listening)
{
    SOCKET accepted;

    while ((accepted = accept((SOCKET)listening, NULL, NULL)) != INVALID_SOCKET) {
        LONG number = InterlockedIncrement(&count) - 1;
        if (number >= MOST_CONNECTIONS)
            break;
        connections[number] = accepted;
        CloseHandle(CreateThread(NULL, 0, serve, (void *)(INT_PTR)number, 0, NULL));
    }
    fprintf(stderr, "accept: error %d\n", WSAGetLastError());
    exit(1);
}

int main(int argc, char **argv)
{
    char line[LONGEST_LINE], *text;
    WSADATA winsock;
    int n;

    WSAStartup(MAKEWORD(2, 2), &winsock);
    for (n = 1; n < argc; n++) {
        CreateThread(NULL, 0, accept_all, (void *)listener(AF_INET, atoi(argv[n])), 0, NULL);
        CreateThread(NULL, 0, accept_all, (void *)listener(AF_INET6, atoi(argv[n])), 0, NULL);
    }
    puts("ready");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        n = (int)strtol(line, &text, 10);
        if (n >= 0 && n < count && *text == ' ')
            send(connections[n], text + 1, (int)strlen(text + 1), 0);
    }
    Sleep(INFINITE);
}
