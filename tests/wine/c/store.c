/* Lab only: a process that holds TCP connections. It listens on each PORT, IPv4 and IPv6, says "ready", accepts
 * whatever comes and keeps it until it is killed. Under the name of store.exe it is Exchange's, under any other it is
 * somebody else's. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>
#include <stdlib.h>

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

static DWORD WINAPI accept_all(void *listening)
{
    while (accept((SOCKET)listening, NULL, NULL) != INVALID_SOCKET)
        ;
    fprintf(stderr, "accept: error %d\n", WSAGetLastError());
    exit(1);
}

int main(int argc, char **argv)
{
    WSADATA winsock;
    int n;

    WSAStartup(MAKEWORD(2, 2), &winsock);
    for (n = 1; n < argc; n++) {
        CreateThread(NULL, 0, accept_all, (void *)listener(AF_INET, atoi(argv[n])), 0, NULL);
        CreateThread(NULL, 0, accept_all, (void *)listener(AF_INET6, atoi(argv[n])), 0, NULL);
    }
    puts("ready");
    fflush(stdout);
    Sleep(INFINITE);
}
