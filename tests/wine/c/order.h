/* How an override asks the lab to end a connection: one file an order, answered by another.
 *
 * The directory is in MAPISWEEP_LAB_ORDERS. An order is "N.order", one line `tcp4 LOCAL REMOTE` or `tcp6 LOCAL REMOTE`
 * with addresses as winsock writes them; the answer is "N.done", the Win32 code for the caller in decimal. */
#ifndef ORDER_H
#define ORDER_H

#include <winsock2.h>
#include <ws2tcpip.h>
#include <stdio.h>

/* 0 when there is no lab to ask: then the real function is meant to be called. */
static int lab_listens(void)
{
    char directory[MAX_PATH];
    return GetEnvironmentVariableA("MAPISWEEP_LAB_ORDERS", directory, sizeof directory) != 0;
}

static void end_name(const struct sockaddr *end, int size, char *name)
{
    char address[INET6_ADDRSTRLEN + 16], port[8];
    getnameinfo(end, size, address, sizeof address, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    sprintf(name, end->sa_family == AF_INET ? "%s:%s" : "[%s]:%s", address, port);
}

static DWORD ask_lab(const struct sockaddr *local, const struct sockaddr *remote, int size)
{
    static LONG count;
    char directory[MAX_PATH], path[MAX_PATH + 32], order[MAX_PATH + 32], from[96], to[96], line[256];
    WSADATA winsock;
    HANDLE file;
    DWORD done, answer = ERROR_TIMEOUT;
    int tries, number = (int)GetCurrentProcessId() * 100000 + (int)InterlockedIncrement(&count);

    WSAStartup(MAKEWORD(2, 2), &winsock);
    GetEnvironmentVariableA("MAPISWEEP_LAB_ORDERS", directory, sizeof directory);
    end_name(local, size, from);
    end_name(remote, size, to);
    sprintf(line, "%s %s %s\n", local->sa_family == AF_INET ? "tcp4" : "tcp6", from, to);

    sprintf(path, "%s\\%d.new", directory, number);
    sprintf(order, "%s\\%d.order", directory, number);
    file = CreateFileA(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    if (file == INVALID_HANDLE_VALUE)
        return GetLastError();
    WriteFile(file, line, (DWORD)strlen(line), &done, NULL);
    CloseHandle(file);
    MoveFileA(path, order);

    sprintf(path, "%s\\%d.done", directory, number);
    for (tries = 0; tries < 1000; tries++) {
        file = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ, NULL, OPEN_EXISTING, 0, NULL);
        if (file != INVALID_HANDLE_VALUE) {
            memset(line, 0, sizeof line);
            ReadFile(file, line, sizeof line - 1, &done, NULL);
            CloseHandle(file);
            answer = (DWORD)atoi(line);
            break;
        }
        Sleep(5);
    }
    return answer;
}

#endif
