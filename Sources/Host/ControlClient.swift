import Kernel
import Supervise
