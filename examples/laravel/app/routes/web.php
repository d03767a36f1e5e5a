<?php

use App\Http\Invoices;
use Illuminate\Support\Facades\Route;

Route::get('/', [Invoices::class, 'show']);
Route::post('/invoices', [Invoices::class, 'order']);
