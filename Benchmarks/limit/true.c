/* The limit of a command: a process that does nothing. */
int main(void) { return 0; }
