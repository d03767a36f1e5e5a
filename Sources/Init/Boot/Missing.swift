/// What a configuration asks for and can't be had: said once at the start, so that nobody has to find out.
enum Missing {
    static func gateway(at path: String) -> String {
        "HTTP servers are not opened: there is no gateway at \(path) (gateway= in [supervisord] names another place); "
            + "ctl has a socket of its own"
    }
}
