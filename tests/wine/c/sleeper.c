/* Lab only: in the helper's place, a program that begins to say something and then never ends. */
#include <stdio.h>
#include <windows.h>

int main(void)
{
    printf("{\"helper\"");
    fflush(stdout);
    Sleep(INFINITE);
}
