/* Lab only: an nsi.dll for Wine whose NsiSetAllParameters ends IPv6 connections by asking the lab.
 *
 * It takes exactly the call that is known to end connections on Windows, and no other. The rest of the library, which
 * Wine's own iphlpapi.dll needs, is Wine's. */
#include <winsock2.h>
#include <ws2tcpip.h>
#include "order.h"

struct module_id {
    USHORT length;
    ULONG type;
    GUID guid;
};

static const struct module_id tcp = {
    24, 1, {0xeb004a03, 0x9b1a, 0x11d4, {0x91, 0x23, 0x00, 0x50, 0x04, 0x77, 0x59, 0xbc}}};

/* A call is passed on whole, whatever its arguments: its own code is one jump. */
#define PASS_ON(name)                                                      \
    void *real_##name;                                                     \
    __attribute__((naked)) void lab_##name(void)                           \
    {                                                                      \
        __asm__("jmp *real_" #name "(%rip)");                              \
    }
PASS_ON(NsiAllocateAndGetTable)
PASS_ON(NsiEnumerateObjectsAllParameters)
PASS_ON(NsiFreeTable)
PASS_ON(NsiGetAllParameters)
PASS_ON(NsiGetParameter)

DWORD WINAPI lab_NsiSetAllParameters(DWORD store, DWORD action, const struct module_id *module, DWORD object,
                                     const void *key, DWORD key_size, const void *data, DWORD data_size)
{
    const struct sockaddr_in6 *ends = key;

    if (!lab_listens())
        return ERROR_NOT_SUPPORTED;
    if (store != 1 || action != 2 || object != 16 || data || data_size || key_size != 2 * sizeof *ends)
        return ERROR_INVALID_PARAMETER;
    if (module->length != tcp.length || module->type != tcp.type || memcmp(&module->guid, &tcp.guid, sizeof(GUID)))
        return ERROR_INVALID_PARAMETER;
    if (ends[0].sin6_family != AF_INET6 || ends[1].sin6_family != AF_INET6)
        return ERROR_INVALID_PARAMETER;
    return ask_lab((const struct sockaddr *)&ends[0], (const struct sockaddr *)&ends[1], sizeof *ends);
}

WINBOOL WINAPI DllMain(HINSTANCE instance, DWORD reason, LPVOID reserved)
{
    HMODULE library;
    (void)instance, (void)reserved;
    if (reason != DLL_PROCESS_ATTACH)
        return TRUE;
    library = LoadLibraryA("C:\\lab\\nsi.dll");
    real_NsiAllocateAndGetTable = (void *)GetProcAddress(library, "NsiAllocateAndGetTable");
    real_NsiEnumerateObjectsAllParameters = (void *)GetProcAddress(library, "NsiEnumerateObjectsAllParameters");
    real_NsiFreeTable = (void *)GetProcAddress(library, "NsiFreeTable");
    real_NsiGetAllParameters = (void *)GetProcAddress(library, "NsiGetAllParameters");
    real_NsiGetParameter = (void *)GetProcAddress(library, "NsiGetParameter");
    return real_NsiGetParameter != NULL;
}
