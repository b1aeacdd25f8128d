/* Lab only: an iphlpapi.dll for Wine that knows the owners of connections, and that can end them.
 *
 * Wine's own lists the machine's real connections, but with owner 0, and its SetTcpEntry says yes and does nothing.
 * This one takes Wine's list and fills in the owners: the process that has a socket with this local end, which is as
 * much as Wine tells of another process's socket. SetTcpEntry asks the lab if there is one, and is Wine's own
 * otherwise. What PowerShell and .NET ask besides is passed on. Where it is told to, it never gives a list.
 *
 * Every structure is of mingw-w64's headers, so that this is also a second opinion on the helper's layouts. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include <iphlpapi.h>
#include <winternl.h>
#include <stdlib.h>
#include "order.h"

typedef DWORD(WINAPI *get_table)(PVOID, PDWORD, WINBOOL, ULONG, TCP_TABLE_CLASS, ULONG);
typedef DWORD(WINAPI *set_entry)(PMIB_TCPROW);

/* SystemExtendedHandleInformation and what it fills */
enum { ALL_HANDLES = 64 };
struct handle_entry {
    void *object;
    ULONG_PTR pid;
    ULONG_PTR handle;
    ULONG access;
    USHORT trace, type;
    ULONG attributes, reserved;
};
struct handle_list {
    ULONG_PTR count, reserved;
    struct handle_entry entries[1];
};

/* A socket that some process has. */
struct owned {
    struct sockaddr_in6 local;
    DWORD pid;
};

static void *builtin(const char *name)
{
    static HMODULE library;
    if (!library)
        library = LoadLibraryA("C:\\lab\\iphlpapi.dll");
    return (void *)GetProcAddress(library, name);
}

static struct handle_list *all_handles(void)
{
    ULONG size = 1 << 20, needed;
    struct handle_list *list = NULL;
    NTSTATUS status;
    do {
        free(list);
        list = calloc(1, size);
        status = NtQuerySystemInformation((SYSTEM_INFORMATION_CLASS)ALL_HANDLES, list, size, &needed);
        size *= 2;
    } while (status == (NTSTATUS)0xC0000004 && size < 1u << 30);
    if (status)
        list->count = 0;
    return list;
}

static struct owned *all_sockets(size_t *count)
{
    struct handle_list *handles = all_handles();
    struct owned *sockets = calloc(handles->count + 1, sizeof *sockets);
    WSADATA winsock;
    ULONG_PTR n;

    WSAStartup(MAKEWORD(2, 2), &winsock);
    *count = 0;
    for (n = 0; n < handles->count; n++) {
        struct handle_entry *entry = &handles->entries[n];
        struct owned *socket = &sockets[*count];
        int size = sizeof socket->local;
        HANDLE process, copy;
        if (entry->pid == GetCurrentProcessId())
            continue;
        process = OpenProcess(PROCESS_DUP_HANDLE, FALSE, (DWORD)entry->pid);
        if (!process)
            continue;
        if (DuplicateHandle(process, (HANDLE)entry->handle, GetCurrentProcess(), &copy, 0, FALSE,
                            DUPLICATE_SAME_ACCESS)) {
            if (!getsockname((SOCKET)copy, (struct sockaddr *)&socket->local, &size)) {
                socket->pid = (DWORD)entry->pid;
                ++*count;
            }
            CloseHandle(copy);
        }
        CloseHandle(process);
    }
    free(handles);
    return sockets;
}

static DWORD owner4(struct owned *sockets, size_t count, MIB_TCPROW_OWNER_PID *row)
{
    for (size_t n = 0; n < count; n++) {
        struct sockaddr_in *local = (struct sockaddr_in *)&sockets[n].local;
        if (local->sin_family == AF_INET && local->sin_port == (u_short)row->dwLocalPort &&
            local->sin_addr.s_addr == row->dwLocalAddr)
            return sockets[n].pid;
    }
    return 0;
}

static DWORD owner6(struct owned *sockets, size_t count, MIB_TCP6ROW_OWNER_PID *row)
{
    for (size_t n = 0; n < count; n++) {
        struct sockaddr_in6 *local = &sockets[n].local;
        if (local->sin6_family == AF_INET6 && local->sin6_port == (u_short)row->dwLocalPort &&
            !memcmp(&local->sin6_addr, row->ucLocalAddr, 16))
            return sockets[n].pid;
    }
    return 0;
}

DWORD WINAPI lab_GetExtendedTcpTable(PVOID table, PDWORD size, WINBOOL order, ULONG family, TCP_TABLE_CLASS class,
                                     ULONG reserved)
{
    get_table real = (get_table)builtin("GetExtendedTcpTable");
    DWORD code = real(table, size, order, family, class, reserved);
    struct owned *sockets;
    size_t count;
    DWORD n;

    if (getenv("MAPISWEEP_LAB_NEVER_LISTS"))
        Sleep(INFINITE);
    if (code || !table || class != TCP_TABLE_OWNER_PID_ALL)
        return code;
    sockets = all_sockets(&count);
    if (family == AF_INET) {
        MIB_TCPTABLE_OWNER_PID *rows = table;
        for (n = 0; n < rows->dwNumEntries; n++)
            rows->table[n].dwOwningPid = owner4(sockets, count, &rows->table[n]);
    } else {
        MIB_TCP6TABLE_OWNER_PID *rows = table;
        for (n = 0; n < rows->dwNumEntries; n++)
            rows->table[n].dwOwningPid = owner6(sockets, count, &rows->table[n]);
    }
    free(sockets);
    return code;
}

DWORD WINAPI lab_SetTcpEntry(PMIB_TCPROW row)
{
    struct sockaddr_in local = {.sin_family = AF_INET}, remote = {.sin_family = AF_INET};

    if (!lab_listens())
        return ((set_entry)builtin("SetTcpEntry"))(row);
    if (row->dwState != MIB_TCP_STATE_DELETE_TCB)
        return ERROR_INVALID_PARAMETER;
    local.sin_addr.s_addr = row->dwLocalAddr;
    local.sin_port = (u_short)row->dwLocalPort;
    remote.sin_addr.s_addr = row->dwRemoteAddr;
    remote.sin_port = (u_short)row->dwRemotePort;
    return ask_lab((struct sockaddr *)&local, (struct sockaddr *)&remote, sizeof local);
}

DWORD WINAPI lab_GetNetworkParams(PFIXED_INFO info, PULONG size)
{
    return ((DWORD(WINAPI *)(PFIXED_INFO, PULONG))builtin("GetNetworkParams"))(info, size);
}

ULONG WINAPI lab_GetAdaptersAddresses(ULONG family, ULONG flags, PVOID reserved, PIP_ADAPTER_ADDRESSES addresses, PULONG size)
{
    return ((ULONG(WINAPI *)(ULONG, ULONG, PVOID, PIP_ADAPTER_ADDRESSES, PULONG))builtin("GetAdaptersAddresses"))(
        family, flags, reserved, addresses, size);
}
