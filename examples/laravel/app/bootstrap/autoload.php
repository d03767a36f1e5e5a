<?php
// Composer's autoloader if there is a vendor folder; otherwise Debian's packages, and App\ from app/.
if (is_file(__DIR__.'/../vendor/autoload.php')) {
    require __DIR__.'/../vendor/autoload.php';
    return;
}
error_reporting(E_ALL & ~E_DEPRECATED);
require '/usr/share/php/Illuminate/autoload.php';
spl_autoload_register(function ($class) {
    if (str_starts_with($class, 'App\\')) {
        $file = __DIR__.'/../app/'.strtr(substr($class, 4), '\\', '/').'.php';
        is_file($file) && require $file;
    }
});
